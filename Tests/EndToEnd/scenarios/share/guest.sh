# SPDX-License-Identifier: Apache-2.0
options=trans=virtio,version=9p2000.L,msize=512000
mkdir /rw /ro
mount -t 9p -o $options,cache=none rw /rw && say "mounted rw"
mount -t 9p -o $options,cache=none,ro fixed /ro && say "mounted ro"
mount -t 9p -o $options nothing /mnt 2>/dev/null || say "no such tag"
say "host $(cat /rw/host)"
say "sum $(md5sum </ro/random)"
mount -o remount,rw /ro 2>/dev/null
echo changed 2>/dev/null >/ro/fixed || say "read-only share refuses"
# A link of the host leads where the guest's own tree says, and nowhere on the host.
cat /rw/out 2>/dev/null || say "link leads nowhere"
mkdir /beside && echo "the guest's own" >/beside/canary
say "link $(cat /rw/out)"
dd if=/ro/random of=/rw/copy bs=65536 conv=fsync 2>/dev/null
say "copied $(md5sum </rw/copy)"
chown 5:6 /rw/copy && say "squashed $(stat -c %u /rw/copy)"
echo "from the guest" >/rw/guest
say "waiting"
# The host tells no guest of a new file, so it looks from time to time.
until [ -e /rw/later ]; do sleep 0.1; done
say "then $(cat /rw/later)"
umount /rw /ro && say "unmounted"
complaints
