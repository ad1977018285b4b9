# SPDX-License-Identifier: Apache-2.0
"""Counts exits to user space with the kernel's own trace events, the same for every VMM.

kvm_userspace_exit says that KVM_RUN returned; kvm_pio and kvm_mmio say what for. A write is traced before the return,
a read of a port after it (when KVM takes the answer in), and both belong to the same thread. kvm_exit carries the
guest's instruction pointer: the first one in the kernel's half of the address space tells firmware from kernel. The
guest's mark (kvm_cpuid with a leaf of its own) ends the count.
"""

import collections
import re
import shutil

from guest import MARK_LEAF

FOLDER = "/sys/kernel/debug/tracing"
KERNEL_START = 0xFFFFFFFF80000000
IN_KERNEL = {0x20, 0x21, 0x40, 0x41, 0x42, 0x43, 0x61, 0xA0, 0xA1, 0x4D0, 0x4D1}
"""Ports that KVM answers by itself: interrupt controllers and timer."""
LINE = re.compile(r"-(\d+)\s+\[\d+\]\s+\S+\s+[\d.]+: (\w+): (.*)")
PORT = re.compile(r"pio_(read|write) at 0x([0-9a-f]+) size (\d)")
MEMORY = re.compile(r"mmio (\S+) len (\d+) gpa (0x[0-9a-f]+)")


def write(path, text):
    with open(f"{FOLDER}/{path}", "w") as file:
        file.write(text)


class Histogram:
    """Counts exits to user space by reason within the context, where there are too many to keep each."""

    TRIGGER = "hist:keys=reason"

    def __enter__(self):
        write("events/kvm/kvm_userspace_exit/trigger", self.TRIGGER)
        return self

    def __exit__(self, *_):
        with open(f"{FOLDER}/events/kvm/kvm_userspace_exit/hist") as file:
            self.total = sum(int(match[1]) for match in re.finditer(r"hitcount:\s*(\d+)", file.read()))
        write("events/kvm/kvm_userspace_exit/trigger", "!" + self.TRIGGER)


class Trace:
    """The events between entering and leaving the context."""

    def __enter__(self):
        write("tracing_on", "0")
        write("trace_clock", "global")
        write("buffer_size_kb", "16384")
        write("trace", "")
        write("events/kvm/kvm_exit/filter", f"guest_rip >= {KERNEL_START:#x}")
        write("events/kvm/kvm_cpuid/filter", f"function == {MARK_LEAF:#x}")
        self.switch("1")
        write("tracing_on", "1")
        return self

    def __exit__(self, *_):
        write("tracing_on", "0")
        self.switch("0")

    def switch(self, state):
        for event in ("kvm_userspace_exit", "kvm_pio", "kvm_mmio", "kvm_exit", "kvm_cpuid"):
            write(f"events/kvm/{event}/enable", state)

    def save(self, path):
        """Copies the events to a file and frees their memory."""
        with open(f"{FOLDER}/trace", "rb") as source, open(path, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        write("trace", "")
        write("buffer_size_kb", "4")


def count(path):
    """Returns counters of exits by register: before the kernel's first exit in its own half, and up to the mark."""
    counts = Counts()
    with open(path, errors="replace") as file:
        for line in file:
            if "LOST" in line:
                raise RuntimeError("trace events were lost: " + line)
            match = LINE.search(line)
            if match and match[2] == "kvm_cpuid":
                break
            if match:
                counts.add(*match.groups())
        else:
            raise RuntimeError(f"the guest's mark is not among the events of {path}")
    counts.finish()
    return counts.firmware, counts.kernel


def sample(name, vmm, path):
    """Returns the sample of a traced start."""
    firmware, kernel = count(path)
    # The bare board is counted from the start: firmware is a part of what it costs.
    counter = kernel if name == "run" else kernel + firmware
    return {
        "name": f"exits-{name}", "vmm": vmm, "value": counter.total(), "top": counter.most_common(40),
        "firmware": firmware.total(),
    }


class Counts:
    def __init__(self):
        self.firmware = collections.Counter()
        self.kernel = collections.Counter()
        self.current = self.firmware
        self.last = {}
        self.pending = {}

    def add(self, thread, event, text):
        if event == "kvm_exit":
            self.current = self.kernel
        elif event == "kvm_pio":
            self.port(thread, PORT.match(text))
        elif event == "kvm_mmio":
            kind, width, address = MEMORY.match(text).groups()
            if kind != "read":
                self.last[thread] = f"{'write' if kind == 'write' else 'read'}{width} {address}"
        else:
            self.leave(thread, text)

    def port(self, thread, match):
        kind, port, width = match.groups()
        name = f"{'in' if kind == 'read' else 'out'}{width} 0x{port}"
        if kind == "write":
            self.settle(thread)
            self.last[thread] = name
        elif int(port, 16) not in IN_KERNEL and thread in self.pending:
            self.pending.pop(thread)
            self.current[name] += 1

    def leave(self, thread, text):
        self.settle(thread)
        last = self.last.pop(thread, None)
        if "KVM_EXIT_IO" in text:
            # A write or a read: the next event tells. A write may also have been kept by KVM (coalesced).
            self.pending[thread] = last or "port read without an answer"
        elif "KVM_EXIT_MMIO" in text:
            self.current[last or text] += 1
        else:
            self.current[text.removeprefix("reason ")] += 1

    def settle(self, thread):
        if thread in self.pending:
            self.current[self.pending.pop(thread)] += 1

    def finish(self):
        for thread in list(self.pending):
            self.settle(thread)
