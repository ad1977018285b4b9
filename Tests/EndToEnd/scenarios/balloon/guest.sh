# SPDX-License-Identifier: Apache-2.0
exec 3<>"$(echo /dev/vport*)"
mkdir /fill
mount -t tmpfs -o size=100% none /fill
say "features $(cat /sys/bus/virtio/drivers/virtio_balloon/virtio*/features)"
# Memory that was used once is the machine's until it is given back.
dd if=/dev/zero of=/fill/once bs=1M count=200 2>/dev/null
rm /fill/once
say "filled"
hear 3
# More than the balloon has left.
dd if=/dev/zero of=/fill/again bs=1M count=140 2>/dev/null
say "took $(wc -c </fill/again) $(tr -d '\0' </fill/again | wc -c)"
rm /fill/again
hear 3
complaints
