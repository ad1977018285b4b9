# SPDX-License-Identifier: Apache-2.0
exec 3<>"$(echo /dev/vport*)"
mkdir /shared
mount -t virtiofs work /shared && say "mounted"
say "read $(cat /shared/hello)"
say "sum $(md5sum </shared/large | cut -c1-32)"
mkdir /shared/made
dd if=/shared/large of=/shared/made/copy bs=64k 2>/dev/null
echo "from the guest" >/shared/made/word
chmod 640 /shared/made/word
sync
say "ready"
# The host changes a file, and stops and wakes the machine while the guest copies another.
hear 3
say "changed $(cat /shared/hello) $(ls /shared/new)"
say "copying"
for number in 1 2 3 4 5 6 7 8; do cat /shared/large >/shared/made/again; done
say "sum again $(md5sum </shared/made/again | cut -c1-32)"
hear 3
mv /shared/made/again /shared/made/moved
rm /shared/made/copy
umount /shared && mount -t virtiofs work /shared && say "mounted again $(cat /shared/made/word)"
complaints
hear 3
# The server has gone: what follows must not hold up the machine.
(cat /shared/hello >/dev/null 2>&1 &)
say "alive"
hear 3
