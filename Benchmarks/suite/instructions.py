# SPDX-License-Identifier: Apache-2.0
"""The instructions that callgrind counts in the VMM's own code, driven without a guest (Benchmarks/count-instructions)."""

import functools
import re
import subprocess


@functools.lru_cache
def counted(root):
    return subprocess.run([f"{root}/Benchmarks/count-instructions"], stdout=subprocess.PIPE, text=True, check=True).stdout


def per_request(root):
    """From the wake-up of the virtio-blk device to its interrupt, for one 4 KiB read."""
    return int(re.search(r"4 KiB read: (\d+)", counted(root))[1])


def per_exit(root):
    """From an exit's decoding to re-entry, for a byte written to a register of the serial port."""
    return int(re.search(r"per exit: (\d+)", counted(root))[1])
