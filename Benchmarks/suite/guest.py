# SPDX-License-Identifier: Apache-2.0
"""What the measured guests boot: small cpio archives laid over the test guest's initrd."""

import os
import re
import struct
import subprocess

MARK = "@init"
"""What the console says when /init is reached."""
MARK_LEAF = 0x4D41524B
"""The CPUID leaf that is asked for just before: KVM traces it and needs no help from the VMM."""


def mark_program():
    """Returns a static ELF that asks for MARK_LEAF, writes MARK to its standard output and waits for ever."""
    text = MARK.encode() + b"\n"
    code = b"\xb8" + struct.pack("<I", MARK_LEAF) + bytes.fromhex("0fa2")  # cpuid
    code += bytes.fromhex("b801000000" "bf01000000")  # write(1,
    code += b"\x48\x8d\x35" + struct.pack("<i", 18)  # the text that follows the code,
    code += b"\xba" + struct.pack("<I", len(text))  # its length)
    code += bytes.fromhex("0f05" "b822000000" "0f05" "ebf7" "9090") + text  # pause() for ever
    base, size = 0x400000, 120 + len(code)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, base + 120, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return header + struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 4096) + code


class Archive:
    """A cpio archive in the kernel's "newc" form."""

    def __init__(self):
        self.parts = []
        self.folders = set()
        self.index = 0

    def add(self, name, data=b"", mode=0o100755, device=(0, 0)):
        self.index += 1
        fields = (self.index, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        self.parts.append(header + bytes(-len(header) % 4) + data + bytes(-len(data) % 4))

    def add_file(self, path, data):
        parts = path.strip("/").split("/")
        for end in range(1, len(parts)):
            folder = "/".join(parts[:end])
            if folder not in self.folders:
                self.folders.add(folder)
                self.add(folder, mode=0o040755)
        self.add("/".join(parts), data)

    def write(self, path, before=b""):
        self.add("TRAILER!!!", mode=0)
        data = before + bytes(-len(before) % 512) + b"".join(self.parts)
        with open(path + ".new", "wb") as file:
            file.write(data + bytes(-len(data) % 512))
        os.rename(path + ".new", path)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write_marker(path):
    """An initrd whose /init tells the VMM at once that it has been reached."""
    archive = Archive()
    archive.add("dev", mode=0o040755)
    archive.add("dev/console", mode=0o020600, device=(5, 1))
    archive.add_file("init", mark_program())
    archive.write(path)


def with_dependencies(folder, names):
    """Returns the files of modules and of those that they need, in the order in which they load."""
    files = []
    with open(f"{folder}/modules.dep") as listing:
        for line in listing:
            module, _, needs = line.partition(":")
            if os.path.basename(module).split(".")[0] in names:
                files += [*reversed(needs.split()), module]
    return [f"{folder}/{file}" for file in dict.fromkeys(files)]


def write_guest(path, base, script, programs=(), others=()):
    """The test guest with `mark`, a script at /bench.sh, and programs with the libraries they are linked to.

    `others` are pairs of a name in the guest and a file of the host.
    """
    archive = Archive()
    archive.folders |= {"bin", "lib"}
    archive.add_file("bin/mark", mark_program())
    archive.add_file("bench.sh", script.encode())
    files = {}
    for program in programs:
        files["bin/" + os.path.basename(program)] = program
        listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        for name, target in re.findall(r"^\s*(?:(\S+) => )?(/\S+) \(0x", listing, re.MULTILINE):
            files[target if target.startswith("/lib64/") else "usr/lib/bench/" + (name or os.path.basename(target))] = target
    files.update(others)
    for name, source in sorted(files.items()):
        archive.add_file(name, read(os.path.realpath(source)))
    archive.write(path, before=read(base))
