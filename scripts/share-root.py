#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Unpacks an archive as a share with owners=mapped keeps it: share-root.py ARCHIVE FOLDER

Owners, rights, kinds and device numbers go into extended attributes as QEMU's mapped-xattr has them (user.virtfs.uid,
.gid, .mode of 4 bytes, .rdev of 8); links and devices become regular files. Needs no right.
"""

import os
import stat
import struct
import sys
import tarfile

KINDS = {
    tarfile.REGTYPE: stat.S_IFREG, tarfile.AREGTYPE: stat.S_IFREG, tarfile.DIRTYPE: stat.S_IFDIR,
    tarfile.SYMTYPE: stat.S_IFLNK, tarfile.CHRTYPE: stat.S_IFCHR, tarfile.BLKTYPE: stat.S_IFBLK,
    tarfile.FIFOTYPE: stat.S_IFIFO,
}


def describe(path, member, kind):
    rights = 0o777 if kind == stat.S_IFLNK else member.mode & 0o7777
    os.setxattr(path, "user.virtfs.uid", struct.pack("<I", member.uid))
    os.setxattr(path, "user.virtfs.gid", struct.pack("<I", member.gid))
    os.setxattr(path, "user.virtfs.mode", struct.pack("<I", kind | rights))
    if kind in (stat.S_IFCHR, stat.S_IFBLK):
        number = os.makedev(member.devmajor, member.devminor)
        os.setxattr(path, "user.virtfs.rdev", struct.pack("<Q", number))


def unpack(archive, folder):
    for member in archive:
        path = os.path.join(folder, os.path.normpath("/" + member.name).lstrip("/"))
        if member.islnk():
            os.link(os.path.join(folder, os.path.normpath("/" + member.linkname).lstrip("/")), path)
            continue
        kind = KINDS[member.type]
        if kind == stat.S_IFDIR:
            os.makedirs(path, 0o700, exist_ok=True)
            os.chmod(path, 0o700)
        else:
            with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
                if kind == stat.S_IFREG:
                    source = archive.extractfile(member)
                    while block := source.read(1 << 20):
                        file.write(block)
                elif kind == stat.S_IFLNK:
                    file.write(member.linkname.encode())
        describe(path, member, kind)
        os.utime(path, (member.mtime, member.mtime))


with tarfile.open(sys.argv[1]) as source:
    unpack(source, sys.argv[2])
