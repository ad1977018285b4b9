# SPDX-License-Identifier: Apache-2.0
"""TCP over a TAP interface, on both VMMs, with frames moved by the VMM and by the kernel (vhost-net).

All four machines run side by side, and each loop is run on one after the other, so that all meet the same mood of the
host. Beside the rate a loop gives the CPU time of the VMM and of its vhost threads for each GB on the interface.
"""

import os

from machines import Link, Machine

VARIANTS = [("apus", False), ("q35", False), ("apus", True), ("q35", True)]
LOOPS = (("to-host", ["-R"]), ("to-guest", []))
TICK = os.sysconf("SC_CLK_TCK")


class NetworkPart:
    def __init__(self, session):
        self.session = session
        self.machines = {}
        # Opening it loads the module.
        os.close(os.open("/dev/vhost-net", os.O_RDWR))
        for number, (vmm, is_kernel) in enumerate(VARIANTS):
            link = Link(f"bench{number}", number)
            board = session.board("tools", f"sh /bench.sh link {link.guest}", memory=512, network=link, vhost=is_kernel)
            machine = Machine(vmm, board, session.paths)
            machine.link = link
            machine.wait_for("@ready")
            self.machines[vmm, is_kernel] = machine

    def measure(self, index):
        for direction, options in LOOPS:
            for vmm, is_kernel in self.session.order(index, VARIANTS):
                self.loop(vmm, is_kernel, direction, options)
        self.session.say(f"network {index + 1}")

    def loop(self, vmm, is_kernel, direction, options):
        machine = self.machines[vmm, is_kernel]
        name = f"{'vhost' if is_kernel else 'user'}-{direction}"
        before = self.counters(machine)
        rate = self.session.transfer(machine.link.guest, options)
        after = self.counters(machine)
        used, exits, *traffic = (b - a for a, b in zip(before, after))
        frames, size = (traffic[0], traffic[1]) if direction == "to-host" else (traffic[2], traffic[3])
        self.session.sample(name, vmm, rate)
        self.session.sample(name + "-cpu", vmm, used / (size / 1e9))
        self.session.sample(name + "-exits", vmm, exits / (size / 1e6), frames=frames, bytes=size)

    def counters(self, machine):
        """Returns CPU seconds, exits, and the interface's frames and bytes from the guest and to it."""
        from lab import frames

        return [cpu_seconds(machine.process.pid), machine.exits(), *frames(machine.link.tap)]

    def end(self):
        for machine in self.machines.values():
            machine.kill()


def cpu_seconds(process):
    """Returns the CPU seconds of a VMM, its guest's included, and of the kernel's threads that serve its rings."""
    threads = os.listdir(f"/proc/{process}/task")
    names = {f"vhost-{thread}" for thread in threads}
    total = ticks(f"/proc/{process}")
    for entry in os.listdir("/proc"):
        if entry.isdigit() and name_of(entry) in names:
            total += ticks(f"/proc/{entry}")
    return total / TICK


def name_of(process):
    try:
        with open(f"/proc/{process}/comm") as file:
            return file.read().strip()
    except OSError:
        return ""


def ticks(folder):
    with open(f"{folder}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
