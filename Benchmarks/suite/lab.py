# SPDX-License-Identifier: Apache-2.0
"""Runs in the lab: measures both VMMs round by round and appends every sample to a file.

Usage: lab.py PLAN, a JSON file with the paths, the number of rounds and what to measure.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import time

from machines import GUEST_ADDRESS, Board, Machine
from exits import Trace

QUIET = "console=ttyS0 quiet panic=-1"
MEMORY = "/dev/shm/bench"
BLOCK_JOBS = [
    ("randread-1", "randread", "4k", 1), ("randread-32", "randread", "4k", 32),
    ("randwrite-1", "randwrite", "4k", 1), ("randwrite-32", "randwrite", "4k", 32),
    ("read-1m", "read", "1m", 4), ("write-1m", "write", "1m", 4),
]


class Session:
    def __init__(self, plan):
        self.plan = plan
        self.output = open(plan["samples"], "a", buffering=1)
        self.started = time.monotonic()
        os.makedirs(MEMORY)
        # What both load comes from memory: the lab's view of the host's files is slow, and slower at first use.
        for name in ("kernel", "marker", "guest", "tools", "vmm"):
            shutil.copy(plan[name], f"{MEMORY}/{name}")
        self.paths = {"vmm": f"{MEMORY}/vmm"}
        self.disk = "/scratch/disk"
        subprocess.run(["dd", "if=/dev/zero", f"of={self.disk}", "bs=1M", f"count={plan['disk_mebibytes']}", "conv=fsync"],
                       check=True, stderr=subprocess.DEVNULL)

    def say(self, text):
        print(f"bench: {time.monotonic() - self.started:6.1f} s  {text}", flush=True)

    def sample(self, name, vmm, value, **more):
        self.output.write(json.dumps({"name": name, "vmm": vmm, "value": value, **more}) + "\n")

    def board(self, initrd, script=None, **more):
        arguments = QUIET
        if script:
            arguments += " apus.exec=" + base64.b64encode(script.encode()).decode()
        return Board(f"{MEMORY}/kernel", f"{MEMORY}/{initrd}", arguments, **more)

    def run(self):
        plan = self.plan
        if "boot" in plan["parts"]:
            self.say("first starts, not counted")
            for vmm in ("apus", "microvm", "q35"):
                Machine(vmm, self.board("marker", disk=self.disk), self.paths).seconds_until("@init")
        for part in plan["parts"]:
            for index in range(plan["rounds"]):
                getattr(self, part)(index)

    def order(self, index, vmms):
        return vmms if index % 2 == 0 else list(reversed(vmms))

    def boot(self, index):
        for vmm in self.order(index, ["apus", "microvm", "q35"]):
            machine = Machine(vmm, self.board("marker", disk=self.disk), self.paths)
            seconds = machine.seconds_until("@init")
            self.sample("boot", vmm, seconds)
            self.say(f"boot {index + 1}: {vmm} {seconds:.2f} s")

    def exits(self, index):
        bare = self.board("marker")
        for vmm in self.order(index, ["apus", "microvm"]):
            self.count("bare", index, vmm, bare)
        full = self.board(
            "guest", "sh /bench.sh run", memory=512, processors=2, disk=self.disk, network=True, entropy=True)
        for vmm in self.order(index, ["apus", "q35"]):
            self.count("run", index, vmm, full)

    def count(self, name, index, vmm, board):
        with Trace() as trace:
            Machine(vmm, board, self.paths).seconds_until("@init")
        firmware, kernel = trace.exits()
        # The bare board is counted from the start: firmware is a part of what it costs.
        counter = kernel if name == "run" else kernel + firmware
        total = counter.total()
        self.sample(f"exits-{name}", vmm, total, top=counter.most_common(40), firmware=firmware.total())
        self.say(f"exits {index + 1}: {name} board, {vmm} {total}")

    def memory(self, index):
        board = self.board("guest", "sh /bench.sh idle", disk=self.disk, network=True)
        for vmm in self.order(index, ["apus", "microvm"]):
            machine = Machine(vmm, board, self.paths)
            machine.wait_for("@idle")
            time.sleep(1)
            anonymous, resident = machine.memory_beyond_guest()
            machine.kill()
            self.sample("anonymous", vmm, anonymous / 1024)
            self.sample("resident", vmm, resident / 1024)
            self.say(f"memory {index + 1}: {vmm} {anonymous} KiB anonymous, {resident} KiB resident")

    def devices(self, index):
        board = self.board("tools", "sh /bench.sh devices", memory=768, disk=self.disk, direct=True, network=True)
        for vmm in self.order(index, ["apus", "q35"]):
            self.measure_devices(index, vmm, board)

    def measure_devices(self, index, vmm, board):
        exits = {}

        def heard(line):
            if line.startswith(("@begin ", "@end ")):
                with open("/sys/kernel/debug/kvm/exits") as file:
                    exits[line] = int(file.read())

        machine = Machine(vmm, board, self.paths, heard)
        try:
            for job, *_ in BLOCK_JOBS:
                fields = machine.wait_for(f"@result {job} ")[1].split()
                self.block_result(job, vmm, fields, exits)
            machine.wait_for("@network")
            for name, option in (("tcp-to-host", ["-R"]), ("tcp-to-guest", [])):
                self.sample(name, vmm, self.transfer(option))
        finally:
            machine.kill()
        self.say(f"devices {index + 1}: {vmm}")

    def block_result(self, job, vmm, fields, exits):
        if len(fields) != 8:
            raise RuntimeError(f"fio in the guest of {vmm} gave no figures: {' '.join(fields)}")
        kibibytes, runtime = max(int(fields[2]), int(fields[5])), max(int(fields[4]), int(fields[7]))
        size = 1024 if job.endswith("1m") else 4
        requests = kibibytes / size
        seconds = runtime / 1000
        self.sample(job, vmm, kibibytes / 1024 / seconds if size == 1024 else requests / seconds)
        self.sample(job + "-exits", vmm, (exits[f"@end {job}"] - exits[f"@begin {job}"]) / requests)

    def transfer(self, options):
        command = ["iperf3", "-c", GUEST_ADDRESS, "-t", str(self.plan["seconds"]), "-J", *options]
        for _ in range(20):
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            report = json.loads(done.stdout or "{}")
            if "error" not in report and done.returncode == 0:
                return report["end"]["sum_received"]["bits_per_second"] / 1e6
            time.sleep(0.5)
        raise RuntimeError(f"iperf3: {report.get('error')} {done.stderr}")


def guest_script(seconds):
    """What the measured guests run; the first argument says which part."""
    job = "\n".join(
        f"measure {name} --rw={pattern} --bs={size} --iodepth={depth}" for name, pattern, size, depth in BLOCK_JOBS)
    return f"""
network() {{
    ip link set eth0 up
    ip addr add {GUEST_ADDRESS}/24 dev eth0
}}
measure() {{
    name=$1; shift
    $run /bin/fio --name=$name --filename=/dev/vda --direct=1 --ioengine=libaio --time_based --runtime={seconds} \\
        --randrepeat=1 --thread --exec_prerun="(echo @begin $name >/dev/ttyS0)" \\
        --exec_postrun="(echo @end $name >/dev/ttyS0)" --output=/tmp/fio --minimal "$@" >/dev/null 2>/tmp/fio.err
    cat /tmp/fio.err
    echo "@result $name $(cut -s -d';' -f6,7,9,47,48,50 /tmp/fio | tr ';' ' ')"
}}
run="/lib64/ld-linux-x86-64.so.2 --library-path /usr/lib/bench"
case $1 in
run)
    network
    ping -c 1 -w 20 10.99.0.1 >/dev/null
    dd if=/dev/vda of=/dev/null bs=64k count=16 2>/dev/null
    dd if=/dev/hwrng of=/dev/null bs=64 count=1 2>/dev/null
    mark
    ;;
idle)
    network
    dd if=/dev/vda of=/dev/null bs=64k count=16 2>/dev/null
    echo @idle
    sleep 1000
    ;;
devices)
    network
    {job}
    $run /bin/iperf3 -s -D
    echo @network
    sleep 1000
    ;;
esac
"""


if __name__ == "__main__":
    with open(sys.argv[1]) as plan_file:
        Session(json.load(plan_file)).run()
