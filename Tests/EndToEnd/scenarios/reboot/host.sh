# SPDX-License-Identifier: Apache-2.0
# The disk, a block device of the host, counts the starts: the first one reboots, the second one powers off.
$busybox truncate -s 1M disk.img
modprobe loop || fail "no module for block devices on files"
disk=$(losetup --find --show disk.img) || fail "no block device"
launch cloud elf --cpus 2 --disk "$disk,format=raw"
finish
losetup --detach "$disk"
$busybox head -c 4 disk.img >starts
rm disk.img
