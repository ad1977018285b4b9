# SPDX-License-Identifier: Apache-2.0
# The standard guest, started by the BIOS and asked by its agent while it runs.
image=$APUS_E2E_IMAGE
ip tuntap add dev tap0 mode tap
ip link set tap0 up
printf '#cloud-config\nruncmd: []\n' >user-data

launch_bare --name standard --cpus 2 --disk "$image,format=raw" \
    --net tap=tap0,mac=52:54:00:12:34:56 --user-data user-data \
    --channel name=org.qemu.guest_agent.0,socket=agent.sock
await console "apus-guest ttyS0"

# agent NAME ARGUMENTS...: asks the agent; leaves its output and exit status in NAME.out, NAME.err and NAME.status.
agent() {
    local name=$1
    shift
    "$apus" agent agent.sock "$@" >"$name.out" 2>"$name.err"
    note "$name.status" $?
}

# features NAME: those of the guest's file system, as they are on its disk now.
features() {
    debugfs -R features "$image?offset=$((512 * $(partx -g -o START -n 3 "$image")))" 2>/dev/null >"$1"
}

agent ping ping --timeout 60
agent info info
agent board exec -- sh -c 'nproc; cat /sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_uuid'
agent claims exec -- sh -c 'dmesg | grep -c "claim; no compatible"'
agent address exec -- ip addr add 10.9.0.2/24 dev lo
agent network network
agent seed exec -- sh -c 'mount -o ro LABEL=cidata /mnt && cat /mnt/user-data /mnt/meta-data'
agent exec exec -- sh -c 'echo out; echo err >&2; exit 7'
agent missing exec -- no-such-command

agent write exec -- sh -c 'echo before >/var/tmp/file && sync'
features features.running
export image
export -f features
agent freeze freeze -- bash -c 'features features.frozen; exit 3'
agent status.after.freeze status
features features.thawed

agent timeout freeze --timeout 2 -- sleep 1000
agent status.after.timeout status

mkfifo frozen
agent signal freeze --timeout 60 -- sh -c 'echo >frozen; exec sleep 1000' &
asking=$!
read -r _ <frozen
# The freeze's own process: the child of the function's.
kill -TERM "$(<"/proc/$asking/task/$asking/children")"
wait "$asking"
agent status.after.signal status
agent write.again exec -- sh -c 'echo after >/var/tmp/file && sync'

kill -TERM "$machine"
finish
agent gone ping
ip link del tap0
