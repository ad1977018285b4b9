# SPDX-License-Identifier: Apache-2.0
"""Counts instructions by callgrind: the difference of a long run and a short one, so that neither start nor end counts."""

import os
import re
import struct
import subprocess
import tempfile

VCPU_LOOP = "$s7Machine9ProcessorC3run5under*"
"""The body of a vCPU's thread, as the linker calls it."""


def port_writer(count):
    """Returns a multiboot kernel that writes the serial port's scratch register `count` times and ends the VMM."""
    code = b"\xb9" + struct.pack("<I", count) + b"\x66\xba\xff\x03"  # mov ecx, count; mov dx, 0x3ff
    code += b"\xee\xe2\xfd"  # out dx, al; loop
    code += b"\x66\xba\xf4\x00\xb0\x00\xee" b"\xf4\xeb\xfd"  # out 0xf4, 0; halt
    base, size = 0x100000, 96 + len(code)
    header = b"\x7fELF\1\1\1" + bytes(9)
    header += struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, base + 96, 52, 0, 0, 52, 32, 1, 40, 0, 0)
    header += struct.pack("<8I", 1, 0, base, base, size, size, 7, 4096)
    return header + struct.pack("<3I", 0x1BADB002, 0, -0x1BADB002 & 0xFFFFFFFF) + code


def per_request(root):
    output = subprocess.run([f"{root}/Benchmarks/count-instructions"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return int(re.search(r"(\d+)\s*$", output)[1])


def per_exit(root):
    """Returns the instructions from an exit's decoding to re-entry, or None where no KVM opens."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return None
    with tempfile.TemporaryDirectory() as folder:
        few, many = (collected(root, folder, count) for count in (1000, 11000))
    return (many - few) / 10000


def collected(root, folder, count):
    with open(f"{folder}/kernel", "wb") as file:
        file.write(port_writer(count))
    output = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", f"--toggle-collect={VCPU_LOOP}",
         f"{root}/.build/release/apus-harness", "exits", f"{folder}/kernel"],
        stderr=subprocess.PIPE, text=True, check=True, timeout=120).stderr
    return int(re.search(r"Collected : (\d+)", output)[1])
