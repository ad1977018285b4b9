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
import traceback

import balloon
from machines import Board, Link, Machine
from exits import Histogram, Trace
from network import NetworkPart
import shares

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
        failed = [part for part in plan["parts"] if not self.measure(part)]
        if failed:
            sys.exit(f"bench: failed: {' '.join(failed)}")

    def measure(self, part):
        """Runs all rounds of a part; one that fails keeps what it has measured, and the next part goes on."""
        try:
            for index in range(self.plan["rounds"]):
                getattr(self, part)(index)
            return True
        except Exception:
            traceback.print_exc()
            for machine in Machine.running[:]:
                machine.kill()
            return False

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
            "guest", "sh /bench.sh run", memory=512, processors=2, disk=self.disk, network=Link(), entropy=True)
        for vmm in self.order(index, ["apus", "q35"]):
            self.count("run", index, vmm, full)

    def firmware(self, index):
        """From the VMM's start to the login prompt of the standard guest's disk, through SeaBIOS."""
        disk, pristine = "/scratch/disk.img", "/scratch/pristine.img"
        if not os.path.exists(pristine):
            self.say("copying the standard guest")
            subprocess.run(["cp", "--sparse=always", self.plan["image"], pristine], check=True)
        board = Board(firmware=self.plan["bios"], memory=512, disk=disk)
        for vmm in self.order(index, ["apus", "q35"]):
            # Both start from the same bytes, and the copy is on its way to the disk before.
            subprocess.run(["cp", "--sparse=always", pristine, disk], check=True)
            os.sync()
            with Histogram() as histogram:
                seconds = Machine(vmm, board, self.paths).seconds_until("apus-guest login:")
            self.sample("firmware", vmm, seconds)
            self.sample("firmware-exits", vmm, histogram.total)
            self.say(f"firmware {index + 1}: {vmm} {seconds:.2f} s, {histogram.total} exits")

    def count(self, name, index, vmm, board):
        with Trace() as trace:
            Machine(vmm, board, self.paths).seconds_until("@init")
        # Read outside: an emulated processor takes long over so much text.
        trace.save(f"{os.path.dirname(self.plan['samples'])}/exits.{name}.{vmm}.{index}")
        self.say(f"exits {index + 1}: {name} board, {vmm}")

    def memory(self, index):
        board = self.board("guest", "sh /bench.sh idle", disk=self.disk, network=Link())
        for vmm in self.order(index, ["apus", "microvm"]):
            machine = Machine(vmm, board, self.paths)
            machine.wait_for("@idle")
            time.sleep(1)
            anonymous, resident = machine.memory_beyond_guest()
            machine.kill()
            self.sample("anonymous", vmm, anonymous / 1024)
            self.sample("resident", vmm, resident / 1024)
            self.say(f"memory {index + 1}: {vmm} {anonymous} KiB anonymous, {resident} KiB resident")

    def balloon(self, index):
        def start(vmm, kind):
            board = self.board(
                "guest", f"sh /bench.sh balloon {balloon.FILLED}", memory=balloon.MEMORY, balloon=kind,
                monitor=f"{MEMORY}/monitor")
            return Machine(vmm, board, self.paths)

        balloon.measure(self, index, start)

    def devices(self, index):
        """Runs every loop on one VMM and at once on the other, so that both meet the same mood of the host."""
        if index == 0:
            self.pair = {vmm: self.start_pair(number, vmm) for number, vmm in enumerate(("apus", "q35"))}
        for job in BLOCK_JOBS:
            for vmm in self.order(index, ["apus", "q35"]):
                self.block_loop(index, job, vmm)
        for name, option in (("tcp-to-host", ["-R"]), ("tcp-to-guest", [])):
            for vmm in self.order(index, ["apus", "q35"]):
                self.network_loop(name, vmm, option)
        self.say(f"devices {index + 1}")
        if index == self.plan["rounds"] - 1:
            for machine in self.pair.values():
                machine.kill()

    def network(self, index):
        if index == 0:
            self.network_part = NetworkPart(self)
        self.network_part.measure(index)
        if index == self.plan["rounds"] - 1:
            self.network_part.end()

    def shares(self, index):
        if index == 0:
            self.shares_part = shares.SharesPart(self)
        self.shares_part.measure(index)
        if index == self.plan["rounds"] - 1:
            self.shares_part.end()

    def start_pair(self, number, vmm):
        link = Link(f"bench{number}", number)
        board = self.board(
            "tools", f"sh /bench.sh devices {link.guest}", memory=768, disk=f"{self.disk}{number}", direct=True,
            network=link)
        marks = {}

        def heard(line):
            if line.startswith(("@begin", "@end")):
                marks[line] = machine.exits()

        shutil.copy(self.disk, board.disk)
        machine = Machine(vmm, board, self.paths, heard)
        machine.link, machine.marks = link, marks
        machine.wait_for("@ready")
        return machine

    def block_loop(self, index, job, vmm):
        name, pattern, size, depth = job
        machine, key = self.pair[vmm], f"{name}.{index}"
        machine.send(f"{key} --rw={pattern} --bs={size} --iodepth={depth}")
        fields = machine.wait_for(f"@result {key} ")[1].split()
        if len(fields) != 8:
            raise RuntimeError(f"fio in the guest of {vmm} gave no figures: {' '.join(fields)}")
        kibibytes, milliseconds = max(int(fields[2]), int(fields[5])), max(int(fields[4]), int(fields[7]))
        requests = kibibytes / (1024 if size == "1m" else 4)
        self.sample(name, vmm, requests / milliseconds * 1000)
        exits = machine.marks[f"@end {key}"] - machine.marks[f"@begin {key}"]
        self.sample(name + "-exits", vmm, exits / requests)

    def network_loop(self, name, vmm, option):
        machine = self.pair[vmm]
        before = machine.exits(), frames(machine.link.tap)
        rate = self.transfer(machine.link.guest, option)
        after = machine.exits(), frames(machine.link.tap)
        self.sample(name, vmm, rate)
        self.sample(name + "-exits", vmm, after[0] - before[0], frames=[b - a for a, b in zip(before[1], after[1])])

    def transfer(self, address, options):
        command = ["iperf3", "-c", address, "-O", "1", "-t", str(self.plan["seconds"]), "-J", *options]
        for _ in range(20):
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            report = json.loads(done.stdout or "{}")
            if "error" not in report and done.returncode == 0:
                return report["end"]["sum_received"]["bits_per_second"] / 1e6
            time.sleep(0.5)
        raise RuntimeError(f"iperf3: {report.get('error')} {done.stderr}")


def frames(tap):
    """Returns frames and bytes from the guest, and frames and bytes to it."""
    counts = []
    for name in ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes"):
        with open(f"/sys/class/net/{tap}/statistics/{name}") as file:
            counts.append(int(file.read()))
    return counts


def guest_script(seconds):
    """What the measured guests run; the first argument says which part."""
    return f"""
network() {{
    ip link set eth0 up
    ip addr add ${{1:-10.99.0.2}}/24 dev eth0
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
{shares.guest_functions(seconds)}
case $1 in
{shares.GUEST_CASE}
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
link)
    network $2
    $run /bin/iperf3 -s -D
    echo @ready
    sleep 100000
    ;;
balloon)
    mkdir /fill
    mount -t tmpfs -o size=100% none /fill
    dd if=/dev/zero of=/fill/file bs=1M count=$2 2>/dev/null
    rm /fill/file
    echo @freed
    sleep 1000
    ;;
devices)
    network $2
    stty -echo
    $run /bin/iperf3 -s -D
    echo @ready
    while read -r words; do
        measure $words
    done
    ;;
esac
"""


if __name__ == "__main__":
    with open(sys.argv[1]) as plan_file:
        Session(json.load(plan_file)).run()
