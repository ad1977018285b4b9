// SPDX-License-Identifier: Apache-2.0

/// The first program of a test guest.
enum GuestInit {
    /// A shell script for busybox. Each program that it starts costs some 50 ms under emulation, so it starts few:
    /// one modprobe loads all modules, and nothing waits where nothing can be late.
    static let script = #"""
        #!/bin/busybox sh
        export PATH=/bin:/sbin HOME=/ ENV=/etc/shrc
        # The shell finds busybox's other programs through /proc.
        /bin/busybox mount -t proc proc /proc
        mount -t sysfs sys /sys
        mount -t devtmpfs dev /dev 2>/dev/null
        read -r wanted </etc/modules
        modprobe -a $wanted 2>/dev/null
        ip link set lo up

        # The power button: its device sends one event of 24 bytes when it is pressed.
        for name in /sys/class/input/event*/device/name; do
            [ -e "$name" ] || continue
            read -r button <"$name"
            case $button in *"Power Button"*) ;; *) continue ;; esac
            device=${name%/device/name}
            (dd if="/dev/input/${device##*/}" of=/dev/null bs=24 count=1 2>/dev/null && poweroff -f) &
        done

        read -r line </proc/cmdline
        code= root= type= flags= init=/sbin/init
        for word in $line; do
            case $word in
                apus.exec=*) code=${word#apus.exec=} ;;
                root=*) root=${word#root=} ;;
                rootfstype=*) type=${word#rootfstype=} ;;
                rootflags=*) flags=${word#rootflags=} ;;
                init=*) init=${word#init=} ;;
            esac
        done
        # Another root: a shared directory (9p) by its tag, or a disk. What is mounted here is not taken along.
        if [ -n "$root" ]; then
            mkdir /newroot
            if mount -t "${type:-ext4}" -o "${flags:-rw}" "$root" /newroot; then
                umount /proc /sys
                exec /bin/busybox switch_root /newroot "$init"
            fi
            echo "apus-root: $root cannot be mounted"
        elif [ -n "$code" ]; then
            echo "$code" | base64 -d >/exec.sh
            sh /exec.sh
            echo "apus-exec: status $?"
        else
            read -r release </proc/sys/kernel/osrelease
            echo "Linux $release in a virtual machine of Apus, with a busybox shell."
            echo "Type poweroff or press Ctrl-D to power it off."
            setsid cttyhack sh
        fi
        # Changing the terminal's mode waits until all output has left, which powering off would not.
        stty onlcr 2>/dev/null
        poweroff -f
        """#

    /// What the interactive shell reads: there is no init process that a plain poweroff could ask.
    static let shellProfile = """
        alias poweroff='poweroff -f' reboot='reboot -f' halt='halt -f'
        """

    /// Loaded at the start.
    static let modules = [
        "virtio_pci", "virtio_blk", "virtio_net", "virtio_rng", "virtio_console", "virtio_balloon", "button", "evdev",
        "pvpanic_mmio", "pvpanic_pci",
    ]

    /// Loaded by the kernel when they are asked for.
    static let onDemand = ["ext4", "crc32c_generic", "9p", "9pnet_virtio", "af_packet", "virtio_mmio", "virtiofs"]
}
