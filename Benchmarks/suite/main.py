# SPDX-License-Identifier: Apache-2.0
"""Prepares what is measured, runs the session in the lab, counts instructions, and writes the report.

The environment: BENCH_RUNS, rounds (default 5); BENCH_SECONDS, seconds of each I/O loop (default 2); BENCH_PARTS, what
to measure, of "boot exits firmware memory balloon devices network shares instructions" (default: all);
BENCH_RESULTS, the file to write.
"""

import glob
import json
import os
import shutil
import subprocess
import sys
import time

import exits
import guest
import instructions
import lab
import report
import tree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RELEASE = f"{ROOT}/.build/release"
WORK = f"{ROOT}/.build/bench"
PARTS = ["boot", "exits", "firmware", "memory", "balloon", "devices", "network", "shares", "instructions"]


def say(text):
    print(f"bench: {text}", flush=True)


def prepare(rounds, seconds, parts):
    """Returns the path of the plan for the session in the lab."""
    paths = json.loads(subprocess.run(
        [f"{RELEASE}/apus", "guest", "--json"], check=True, stdout=subprocess.PIPE).stdout)
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    script = lab.guest_script(seconds)
    guest.write_marker(f"{WORK}/marker")
    guest.write_guest(f"{WORK}/guest", paths["initrd"], script)
    if "devices" in parts or "network" in parts:
        guest.write_guest(f"{WORK}/tools", paths["initrd"], script, ["/usr/bin/fio", "/usr/bin/iperf3"])
    else:
        guest.write_guest(f"{WORK}/tools", paths["initrd"], script)
    image = None
    if "firmware" in parts:
        image = subprocess.run([f"{ROOT}/scripts/image"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    plan = {
        "image": image, "bios": "/usr/share/seabios/bios-256k.bin",
        "kernel": paths["elf"], "vmm": f"{RELEASE}/apus-vmm", "samples": "/lab/samples", "rounds": rounds,
        "seconds": seconds, "parts": parts, "disk_mebibytes": 256,
        **{name: f"{WORK}/{name}" for name in ("marker", "guest", "tools")},
    }
    if "shares" in parts:
        plan.update(prepare_shares(script))
    with open(f"{WORK}/plan", "w") as file:
        json.dump(plan, file)
    return f"{WORK}/plan"


def prepare_shares(script):
    """The guest of the part "shares": the generic kernel, which has the file systems, and the tree that is unpacked."""
    paths = json.loads(subprocess.run(
        [f"{RELEASE}/apus", "guest", "--flavour", "generic", "--json"], check=True, stdout=subprocess.PIPE).stdout)
    files, size = tree.write(f"{WORK}/tree.tar", f"{ROOT}/.build")
    say(f"the tree has {files} files of {size / 1e6:.1f} MB")
    modules = guest.with_dependencies(paths["modules"], ["nfsv4"])
    guest.write_guest(
        f"{WORK}/shares", paths["initrd"], script, ["/usr/bin/fio", "/usr/bin/tar"],
        [("tree.tar", f"{WORK}/tree.tar"),
         *((f"modules/{index:02}-{os.path.basename(file)}", file) for index, file in enumerate(modules))])
    return {"shares": f"{WORK}/shares", "kernel-shares": paths["elf"], "shares-files": files}


def measure_in_lab(plan):
    # A change of directory would lead below the lab's own mounts if the repository lay there; the paths are absolute.
    return subprocess.run([
        f"{RELEASE}/apus", "lab", "exec", "--memory", "4G", "--cpus", "1", "--scratch", "4G", "--output", WORK, "--",
        os.path.realpath(sys.executable), f"{ROOT}/Benchmarks/suite/lab.py", plan,
    ]).returncode


def count_instructions(samples):
    for name, value in (
        ("instructions", instructions.per_request(ROOT)), ("instructions-exit", instructions.per_exit(ROOT))):
        if value is not None:
            samples.append({"name": name, "vmm": "apus", "value": value})


def main():
    started = time.monotonic()
    rounds = int(os.environ.get("BENCH_RUNS", "5"))
    parts = os.environ.get("BENCH_PARTS", " ".join(PARTS)).split()
    unknown = sorted(set(parts) - set(PARTS))
    if unknown or rounds < 1:
        sys.exit(f"bench: BENCH_PARTS has {' '.join(PARTS)}, not {' '.join(unknown)}; BENCH_RUNS is at least 1")
    status = 0
    samples = []
    in_lab = [part for part in parts if part != "instructions"]
    if in_lab:
        plan = prepare(rounds, int(os.environ.get("BENCH_SECONDS", "2")), in_lab)
        status = measure_in_lab(plan)
        if os.path.exists(f"{WORK}/samples"):
            samples += report.load(f"{WORK}/samples")
        for path in sorted(glob.glob(f"{WORK}/exits.*.*.*")):
            _, name, vmm, _ = os.path.basename(path).split(".")
            samples.append(exits.sample(name, vmm, path))
    if "instructions" in parts:
        say("counting instructions")
        count_instructions(samples)
    found = report.results(samples)
    path = os.environ.get("BENCH_RESULTS", f"{ROOT}/Benchmarks/results.json")
    with open(path, "w") as file:
        json.dump(found, file, indent=2)
        file.write("\n")
    print(report.table(found))
    for name in ("bare", "run"):
        if profile := report.profile(samples, f"exits-{name}"):
            print(f"\nExits of the {name} board by register, first run:\n{profile}")
    missed = [row["name"] for row in found if row["met"] is False]
    say(f"{len(found)} figures, {len(missed)} targets missed, {time.monotonic() - started:.0f} s; {path}")
    if status:
        say(f"the session in the lab ended with {status}: the table has what was measured before")
    sys.exit(status)


main()
