# SPDX-License-Identifier: Apache-2.0
# What the scenarios about shared directories have in common.

# share_root OWNERS: makes $root a directory that holds a Debian as a share with these owners keeps it. What is written
# there lies on a scratch disk, which takes extended attributes as the lab's own root does not.
share_root() {
    local upper=/scratch/share/${SCENARIO##*/}
    root=$work/root-${SCENARIO##*/}
    modprobe loop
    mkdir -p "$root" "$root.image" "$upper/changes" "$upper/work"
    mount -t ext4 -o loop,ro "$APUS_E2E_SHARE.$1" "$root.image" || fail "no image"
    mount -t overlay -o "lowerdir=$root.image,upperdir=$upper/changes,workdir=$upper/work" overlay "$root" ||
        fail "no overlay"
}

# launch_root OWNERS INIT ARGUMENTS...: starts a machine whose root that directory is.
launch_root() {
    local owners=$1 init=$2
    shift 2
    launch_bare --kernel "$APUS_E2E_KERNELS/generic.elf" --initrd "$APUS_E2E_KERNELS/generic.initrd" \
        --append "console=ttyS0 quiet root=debian rootfstype=9p rootflags=$mount_options,cache=loose init=$init ${append-}" \
        --share "debian=$root,owners=$owners" "$@"
}
mount_options=trans=virtio,version=9p2000.L,msize=512000

# leave_root: takes the directory down again.
leave_root() {
    umount "$root" "$root.image"
    rm -rf "/scratch/share/${SCENARIO##*/}"
}
