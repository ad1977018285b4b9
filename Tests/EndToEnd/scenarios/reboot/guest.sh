# SPDX-License-Identifier: Apache-2.0
starts=$(head -c 4 /dev/vda | tr -d '\0')
starts=${starts}x
printf %s "$starts" | dd of=/dev/vda conv=notrunc,fsync 2>/dev/null
echo "start $starts with $(nproc) processors"
if [ "$starts" = x ]; then
    reboot -f
    sleep 1000
fi
complaints
