# SPDX-License-Identifier: Apache-2.0
# What the guest's halves of the scenarios share.

# say WORDS...: a line on the console, for the test or the host's half.
say() { echo "guest: $*"; }

# complaints: the kernel's warnings and errors, one a line. QEMU's emulation lets a nested guest set XCR0 without an
# exit, so in the lab the host's KVM reports a stale XSAVE size, and any VMM's guest says so at length. A busy host
# makes interrupts late. The closing line tells none from none looked for.
complaints() {
    dmesg -r >/tmp/messages || return
    grep '^<[0-4]>' /tmp/messages |
        sed '/XSAVE consistency problem/,/CPUID\[0d, 1c\]/d; /cut here/d; /hrtimer: interrupt took/d; s/^/complaint: /'
    echo "complaints: end"
}

# hear NUMBER: reads one line of a port's descriptor; a port that nobody has connected to reads as ended, and nothing
# tells a shell of the connection, so it looks from time to time.
hear() {
    until read -r line && [ -n "$line" ]; do sleep 0.1; done <&"$1"
}
