# SPDX-License-Identifier: Apache-2.0
head -c 262144 /dev/urandom >/tmp/data
dd if=/tmp/data of=/dev/vda bs=65536 conv=notrunc,fsync oflag=direct 2>/dev/null && echo "guest: wrote"
dd if=/dev/vda bs=4096 count=64 iflag=direct 2>/dev/null | cmp - /tmp/data && echo "guest: read back"
/host/fallocate -z -o 4194304 -l 4194304 /dev/vda && echo "guest: zeroed"
blkdiscard -o 8388608 -l 4194304 /dev/vda && echo "guest: discarded"
echo "guest: sum $(md5sum </tmp/data)"
complaints
