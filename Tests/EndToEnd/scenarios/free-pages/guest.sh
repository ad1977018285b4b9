# SPDX-License-Identifier: Apache-2.0
for port in /sys/class/virtio-ports/*; do
    case $(cat $port/name) in org.apus.words) exec 3<>/dev/${port##*/} ;; esac
done
mkdir /fill
mount -t tmpfs -o size=100% none /fill
dd if=/dev/zero of=/fill/file bs=1M count=150 2>/dev/null
echo "guest: filled"
hear 3
rm /fill/file
echo "guest: freed"
hear 3
dd if=/dev/zero of=/fill/file bs=1M count=150 2>/dev/null && echo "guest: filled again $(tr -d '\0' </fill/file | wc -c)"
complaints
