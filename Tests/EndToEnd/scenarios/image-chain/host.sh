# SPDX-License-Identifier: Apache-2.0
# The standard guest from a qcow2 image over a qcow2 image, which other tools look at while it runs and afterwards.
tool=$APUS_E2E_BUILD/apus-image
base=/scratch/base.qcow2
top=/scratch/top.qcow2
"$tool" convert -f raw -O qcow2 "$APUS_E2E_IMAGE" $base >convert.out 2>&1 || fail "convert: $(<convert.out)"
"$tool" create -f qcow2 -b base.qcow2 -F qcow2 $top >create.out 2>&1 || fail "create: $(<create.out)"
$busybox md5sum <$base >base.before

# agent NAME ARGUMENTS...: asks the agent; leaves its output and exit status in NAME.out, NAME.err and NAME.status.
agent() {
    local name=$1
    shift
    "$apus" agent agent.sock "$@" >"$name.out" 2>"$name.err"
    note "$name.status" $?
}

launch_bare --name chain --cpus 2 --disk $top,format=qcow2 --qmp monitor.sock \
    --channel name=org.qemu.guest_agent.0,socket=agent.sock
await console "apus-guest ttyS0"
agent ping ping --timeout 60
ask '{"execute":"query-block"}' >block
agent write exec -- sh -c 'head -c 4194304 /dev/urandom >/var/tmp/file && sync && md5sum </var/tmp/file'
agent trim exec -- sh -c 'cp /var/tmp/file /var/tmp/gone && sync && rm /var/tmp/gone && sync && fstrim -v /'

process=$(vmm)
for thread in /proc/"$process"/task/*; do
    read -r name <"$thread/comm"
    while read -r key value; do case $key in Seccomp:) mode=$value ;; esac done <"$thread/status"
    echo "$name seccomp=$mode"
done | $busybox sort >threads
"$apus" run --console file=other --disk $top,format=qcow2 >/dev/null 2>second.err
note second.status $?
qemu-io -f qcow2 -c 'write 0 512' $base >/dev/null 2>base.err
note base.status $?

kill -TERM "$machine"
finish
qemu-img check -f qcow2 $top >check.out 2>&1
note check.status $?
$busybox md5sum <$base >base.after
# What another tool finds in the chain: the file that the guest wrote.
qemu-img convert -f qcow2 -O raw $top /scratch/flat.img
debugfs -R 'dump /var/tmp/file /scratch/file' \
    "/scratch/flat.img?offset=$((512 * $(partx -g -o START -n 3 /scratch/flat.img)))" 2>/dev/null
$busybox md5sum </scratch/file >file.sum
rm -f $base $top /scratch/flat.img /scratch/file
