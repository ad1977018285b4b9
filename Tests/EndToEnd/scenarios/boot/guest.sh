# SPDX-License-Identifier: Apache-2.0
read -r release </proc/sys/kernel/osrelease
echo "release $release"
echo "processors $(nproc)"
read -r _ total _ </proc/meminfo
echo "memory $total"
for processor in /sys/devices/system/cpu/cpu[0-9]*; do
    echo "topology $(cat $processor/topology/physical_package_id $processor/topology/thread_siblings_list | tr '\n' ' ')"
done
echo "clock $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
echo "x2apic $(grep -c x2apic /proc/cpuinfo)"
# Reads the clock to the second, which waits for its interrupt.
hwclock -u -f /dev/rtc0 >/dev/null && echo "rtc works"
complaints
