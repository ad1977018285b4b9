# SPDX-License-Identifier: Apache-2.0
echo "guest: about to fault"
reboot -f
sleep 1000
