# SPDX-License-Identifier: Apache-2.0
# Two directories in a guest: one to be written, one to be read; each looked at from both sides.
. "${SCENARIO%/*}/share-library.sh"
mkdir -p "$work/share-rw" "$work/share-ro" "$work/beside"
echo "from the host" >"$work/share-rw/host"
echo "only to be read" >"$work/share-ro/fixed"
echo "nobody in the guest may read this" >"$work/beside/canary"
ln -s ../beside/canary "$work/share-rw/out"
ln -s ../beside "$work/share-rw/beside"
head -c 3145728 /dev/urandom >"$work/share-ro/random"

launch generic elf --memory 384M --share "rw=$work/share-rw,owners=squash" --share "fixed=$work/share-ro,readonly"
await console "guest: waiting"
restless >>"$RESULT/restless"
# The guest's file is there at once, and the host's next one for the guest.
cat "$work/share-rw/guest" >seen
echo "later" >"$work/share-rw/later.new"
mv "$work/share-rw/later.new" "$work/share-rw/later"

process=$(vmm)
for thread in /proc/"$process"/task/*; do
    read -r name <"$thread/comm"
    case $name in 9p*) echo "$name $($busybox grep Seccomp: "$thread/status" | $busybox tr -d '\t')" ;; esac
done | $busybox sort >threads
finish
$busybox md5sum <"$work/share-ro/random" | $busybox cut -c1-32 >sum
note owner "$($busybox stat -c %u:%g "$work/share-rw/guest")"
cat "$work/beside/canary" >canary
rm -rf "$work/share-rw" "$work/share-ro" "$work/beside"
