# SPDX-License-Identifier: Apache-2.0
"""Takes memory from a guest through its monitor, and watches what the VMM's process holds."""

import json
import os
import socket
import time

MIB = 1 << 20
MEMORY = 512
FILLED = 300
"""MiB that the guest uses and frees."""
TARGET = 192
"""MiB that the guest is to live with."""
SETTLED = 10
"""Seconds after which free pages are taken to have been reported."""


class Monitor:
    """A client of a machine's monitor."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.lines = self.socket.makefile()
        self.lines.readline()
        self.execute("qmp_capabilities")

    def execute(self, command, **arguments):
        """Returns what the command returns; events are passed over."""
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        while True:
            message = json.loads(self.lines.readline())
            if "return" in message:
                return message["return"]
            if "error" in message:
                raise RuntimeError(f"{command}: {message['error']['desc']}")

    def inflate(self, target, timeout=60):
        """Returns the seconds until the guest says that it lives with so many bytes."""
        started = time.monotonic()
        self.execute("balloon", value=target)
        while self.execute("query-balloon")["actual"] != target:
            if time.monotonic() - started > timeout:
                raise RuntimeError("the guest does not reach the target")
            time.sleep(0.02)
        return time.monotonic() - started


def resident(machine):
    """Returns the MiB that the VMM's process holds."""
    with open(f"/proc/{machine.process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB


def measure(session, index, start):
    """Measures one round of both VMMs.

    `start` starts one with a kind of balloon, and returns it when its guest has used its memory once.
    """
    for vmm in session.order(index, ["apus", "q35"]):
        machine = start(vmm, "on")
        machine.wait_for("@freed")
        monitor = Monitor(machine.monitor)
        seconds = monitor.inflate(TARGET * MIB)
        held = resident(machine)
        machine.kill()
        session.sample("balloon-inflate", vmm, (MEMORY - TARGET) / seconds)
        session.sample("balloon-resident", vmm, held)
        session.say(f"balloon {index + 1}: {vmm} {MEMORY - TARGET} MiB in {seconds:.2f} s, {held:.0f} MiB resident")

        machine = start(vmm, "reporting")
        machine.wait_for("@freed")
        time.sleep(SETTLED)
        held = resident(machine)
        machine.kill()
        session.sample("reporting-resident", vmm, held)
        session.say(f"balloon {index + 1}: {vmm} {held:.0f} MiB resident {SETTLED} s after the guest has freed them")
