# SPDX-License-Identifier: Apache-2.0
# The disk counts the starts: the first one reboots, the second one powers off.
$busybox truncate -s 1M disk.img
launch cloud elf --cpus 2 --disk disk.img,format=raw
finish
$busybox head -c 4 disk.img >starts
rm disk.img
