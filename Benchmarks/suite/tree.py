# SPDX-License-Identifier: Apache-2.0
"""The tree that is unpacked: a part of the kernel's source tree, as Debian's package of its headers has it."""

import glob
import os
import subprocess
import tarfile

PARTS = ("arch/x86/", "include/crypto/", "include/drm/", "include/net/")


def write(path, release, folder):
    """Writes an archive of the tree for a kernel; returns how many files and bytes it has.

    The package is kept in `folder`.
    """
    package = f"linux-headers-{release.rpartition('-')[0]}-common"
    if not glob.glob(f"{folder}/{package}_*.deb"):
        subprocess.run(["apt-get", "download", "-qq", package], check=True, cwd=folder)
    [source] = glob.glob(f"{folder}/{package}_*.deb")
    start = f"./usr/src/{package}/"
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
