# SPDX-License-Identifier: Apache-2.0
"""Turns samples into results, and results into a table."""

import dataclasses
import json
import statistics


@dataclasses.dataclass
class Row:
    """One line of the report: whom ours is compared with, and what is asked for.

    The target is a ratio to the peer's figure, or, where `absolute`, a figure of ours; `None` where nothing is asked for.
    """

    name: str
    sample: str
    unit: str
    better: str
    peer: str | None
    target: float | None
    absolute: bool = False


def block_rows():
    names = {
        "randread-1": "4 KiB random read, depth 1", "randread-32": "4 KiB random read, depth 32",
        "randwrite-1": "4 KiB random write, depth 1", "randwrite-32": "4 KiB random write, depth 32",
        "read-1m": "1 MiB sequential read", "write-1m": "1 MiB sequential write",
    }
    rows = []
    for job, name in names.items():
        unit = "MiB/s" if job.endswith("1m") else "requests/s"  # a request of the former is one MiB
        rows.append(Row(f"virtio-blk, {name}", job, unit, "higher", "q35", 1.0))
        rows.append(Row(f"virtio-blk, {name}: exits", f"{job}-exits", "exits/request", "lower", "q35", 1.0))
    return rows


def network_rows():
    rows = []
    for kind, name, target in (("user", "virtio-net", 1.2), ("vhost", "virtio-net with vhost", 1.0)):
        for direction, words in (("to-host", "guest to host"), ("to-guest", "host to guest")):
            sample = f"{kind}-{direction}"
            rows += [
                Row(f"{name}, TCP {words}, side by side", sample, "Mbit/s", "higher", "q35", target),
                Row(f"{name}, TCP {words}: CPU", f"{sample}-cpu", "s/GB", "lower", "q35", 1.0),
                Row(f"{name}, TCP {words}: exits", f"{sample}-exits", "exits/MB", "lower", "q35", None),
            ]
    return rows


def share_rows():
    rows = []
    names = {"9p": "virtio-9p", "9p-loose": "virtio-9p, cache=loose", "fs": "virtio-fs"}
    peers = (("nfs", "", 1.0), ("nfs-async", ", against async", 1.0), ("q35", ", against q35", None))
    for what, words, unit in (("randread", "4 KiB random read", "requests/s"), ("untar", "untar", "files/s")):
        for kind, name in names.items():
            for peer, suffix, target in peers:
                # Neither caches nor the export's mode change direct reads; the server of virtio-fs is QEMU's anyway.
                is_same = what == "randread" and (kind == "9p-loose" or peer == "nfs-async")
                if is_same or kind == "fs" and peer == "q35":
                    continue
                rows.append(Row(f"{name}, {words}{suffix}", f"{kind}-{what}", unit, "higher", peer, target))
    return rows


PEERS = {"microvm": "QEMU microvm", "q35": "QEMU q35", "nfs": "NFSv4", "nfs-async": "NFSv4, async"}
ROWS = [
    Row("exec to /init", "boot", "s", "lower", "microvm", 1.0),
    Row("exec to /init, against q35", "boot", "s", "lower", "q35", 0.45),
    Row("exits to user space, bare board", "exits-bare", "exits", "lower", "microvm", 600, absolute=True),
    Row("exits to user space, board of make run", "exits-run", "exits", "lower", "q35", 0.6),
    Row("exec to the login prompt, through SeaBIOS", "firmware", "s", "lower", "q35", 0.7),
    Row("exits to user space, to the login prompt", "firmware-exits", "exits", "lower", "q35", 0.5),
    Row("anonymous memory beyond the guest's", "anonymous", "MiB", "lower", "microvm", 2, absolute=True),
    Row("resident memory beyond the guest's", "resident", "MiB", "lower", "microvm", 8, absolute=True),
    Row("balloon, 320 of 512 MiB", "balloon-inflate", "MiB/s", "higher", "q35", 1.0),
    Row("resident memory with 192 of 512 MiB left", "balloon-resident", "MiB", "lower", "q35", 1.0),
    Row("resident memory 10 s after 300 MiB were freed", "reporting-resident", "MiB", "lower", "q35", 1.0),
    *block_rows(),
    Row("virtio-net, TCP guest to host", "tcp-to-host", "Mbit/s", "higher", "q35", 1.0),
    Row("virtio-net, TCP host to guest", "tcp-to-guest", "Mbit/s", "higher", "q35", 1.0),
    *network_rows(),
    *share_rows(),
    Row("instructions per 4 KiB read, kick to interrupt", "instructions", "instructions", "lower", None, 2000, absolute=True),
    Row("instructions per exit, decoding to re-entry", "instructions-exit", "instructions", "lower", None, None, absolute=True),
]


def significant(value):
    return float(f"{value:.4g}") if value is not None else None


def results(samples):
    """Returns the results as the file has them; what was not measured is left out."""
    values = {}
    for sample in samples:
        values.setdefault((sample["name"], sample["vmm"]), []).append(sample["value"])
    found = []
    for row in ROWS:
        ours = values.get((row.sample, "apus"))
        if not ours:
            continue
        theirs = values.get((row.sample, row.peer))
        median = statistics.median(ours)
        peer = statistics.median(theirs) if theirs else None
        found.append({
            "name": row.name, "unit": row.unit, "better": row.better,
            "ours": significant(median), "theirs": significant(peer),
            "peer": PEERS[row.peer] if theirs else None,
            "ratio": significant(median / peer) if peer else None,
            "target": row.target, "targetOf": "ours" if row.absolute else "ratio",
            "met": is_met(row, median, peer),
            "runs": len(ours), "minimum": significant(min(ours)), "median": significant(median),
            "maximum": significant(max(ours)),
        })
    return found


def is_met(row, ours, theirs):
    if row.target is None or not row.absolute and not theirs:
        return None
    figure = ours if row.absolute else ours / theirs
    return figure <= row.target if row.better == "lower" else figure >= row.target


def text(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def table(found):
    lines = [("", "unit", "ours", "theirs", "peer", "ratio", "target", "", "runs", "min - max")]
    for row in found:
        sign = "≤" if row["better"] == "lower" else "≥"
        what = "× peer" if row["targetOf"] == "ratio" else row["unit"]
        target = "-" if row["target"] is None else f"{sign} {text(row['target'])} {what}"
        lines.append((
            row["name"], row["unit"], text(row["ours"]), text(row["theirs"]), row["peer"] or "-", text(row["ratio"]),
            target, {True: "met", False: "MISSED", None: ""}[row["met"]],
            str(row["runs"]), f"{text(row['minimum'])} - {text(row['maximum'])}"))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    numbers = {2, 3, 5, 8}
    return "\n".join(
        "  ".join(cell.rjust(width) if column in numbers else cell.ljust(width)
                  for column, (cell, width) in enumerate(zip(line, widths))).rstrip()
        for line in lines)


def profile(samples, name):
    """Returns which registers the exits of our first run were for, as a table."""
    for sample in samples:
        if sample["name"] == name and sample["vmm"] == "apus":
            return "\n".join(f"{count:7}  {register}" for register, count in sample["top"][:15])
    return ""


def load(path):
    with open(path) as file:
        return [json.loads(line) for line in file]
