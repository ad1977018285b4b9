# SPDX-License-Identifier: Apache-2.0
"""The tree that is unpacked: a part of the kernel's source tree, as Debian's package of its headers has it."""

import glob
import os
import re
import subprocess
import tarfile

PARTS = ("arch/x86/", "include/crypto/", "include/drm/", "include/net/")


def package(folder):
    """The path of the package, which is kept in `folder`: the distribution's newest when it was first needed."""
    pattern = f"{folder}/linux-headers-*-common_*.deb"
    if not glob.glob(pattern):
        listing = subprocess.run(
            ["apt-cache", "search", "--names-only", "^linux-headers-[0-9.]+-[0-9]+-common$"], check=True,
            stdout=subprocess.PIPE, text=True).stdout
        names = [line.split()[0] for line in listing.splitlines()]
        if not names:
            raise RuntimeError("apt knows no package linux-headers-VERSION-common")
        newest = max(names, key=lambda name: [int(number) for number in re.findall("[0-9]+", name)])
        subprocess.run(["apt-get", "download", "-qq", newest], check=True, cwd=folder)
    return sorted(glob.glob(pattern))[-1]


def write(path, folder):
    """Writes an archive of the tree; returns how many files and bytes it has."""
    source = package(folder)
    start = f"./usr/src/{os.path.basename(source).split('_')[0]}/"
    files = size = 0
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", source], stdout=subprocess.PIPE) as process:
        with tarfile.open(fileobj=process.stdout, mode="r|") as whole, tarfile.open(path + ".new", "w") as part:
            for member in whole:
                name = member.name.removeprefix(start)
                if not name.startswith(PARTS) or not (member.isfile() or member.isdir()):
                    continue
                content = whole.extractfile(member)
                member.name = name
                part.addfile(member, content)
                files += member.isfile()
                size += member.size
    if not files:
        raise RuntimeError(f"{source} has no files at {start}")
    os.rename(path + ".new", path)
    return files, size
