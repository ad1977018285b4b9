# SPDX-License-Identifier: Apache-2.0
# The standard guest, started by UEFI from the second of its disks, with variables that outlive the machine.
image=$APUS_E2E_IMAGE
truncate -s 16M empty.img
guid=6d1b8a3c-5e2f-4d7a-9b1c-0a2b3c4d5e6f

start() {
    launch_bare --firmware uefi,variables=variables --disk empty.img,format=raw --disk "$image,format=raw,bootindex=0" \
        --channel name=org.qemu.guest_agent.0,socket=agent.sock
}

# agent NAME ARGUMENTS...: asks the agent; leaves its output and exit status in NAME.out, NAME.err and NAME.status.
agent() {
    local name=$1
    shift
    "$apus" agent agent.sock "$@" >"$name.out" 2>"$name.err"
    note "$name.status" $?
}

start
await console "apus-guest ttyS0"
agent ping ping --timeout 60
# Non-volatile, for firmware and system: the attributes' first byte is 7.
agent store exec -- sh -c "mount -t efivarfs none /sys/firmware/efi/efivars 2>/dev/null
    printf '\\007\\000\\000\\000kept' >/sys/firmware/efi/efivars/ApusTest-$guid"
agent claims exec -- sh -c 'dmesg | grep -c "claim; no compatible"'
agent board exec -- cat /sys/class/dmi/id/sys_vendor
kill -TERM "$machine"
finish
note variables.size "$($busybox stat -c %s variables)"
# Names are UTF-16 there.
if $busybox tr -d '\000' <variables | grep -aq ApusTestkept; then note variables.found yes; fi

mv console console.first
mv errors errors.first
start
await console "BdsDxe: starting Boot"
"$apus" run --console file=other --firmware uefi,variables=variables --disk empty.img,format=raw,readonly \
    >/dev/null 2>second.err
note second.status $?
force
wait "$machine"
note status.second $?
