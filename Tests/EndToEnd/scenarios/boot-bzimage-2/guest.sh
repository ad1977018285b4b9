# SPDX-License-Identifier: Apache-2.0
read -r release </proc/sys/kernel/osrelease
echo "release $release"
echo "processors $(nproc)"
read -r _ total _ </proc/meminfo
echo "memory $total"
read -r uptime _ </proc/uptime
echo "uptime $uptime"
complaints
