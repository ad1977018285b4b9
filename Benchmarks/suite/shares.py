# SPDX-License-Identifier: Apache-2.0
"""Folders of the host in one guest: virtio-9p and virtio-fs of Apus, NFSv4 over its virtio-net, and QEMU's virtio-9p.

All folders lie on one file system of L1 (ext4 on the scratch disk), and every loop mounts one of them anew, so that the
guest begins with nothing in its caches. The order is swapped from round to round.
"""

import os
import resource
import shutil
import socket
import subprocess

from machines import Link, Machine

FOLDER = "/scratch/shares"
DATA = 64 << 20
"""Bytes of the file that is read."""
OURS = ("9p", "9p-loose", "fs")
READS = (("apus", "9p"), ("apus", "fs"), ("apus", "nfs"), ("q35", "9p"))
UNTARS = (*(("apus", kind) for kind in (*OURS, "nfs", "nfs-async")), ("q35", "9p"), ("q35", "9p-loose"))
"""Who emulates the guest, and what it mounts."""
TAG_9P, TAG_FS = "bench9p", "benchfs"
EXPORT = "rw,no_root_squash,no_subtree_check,fsid=0"
VIRTIOFSD = ("/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd", "/usr/lib/virtiofsd")


class SharesPart:
    def __init__(self, session):
        self.session = session
        memory = os.path.dirname(session.paths["vmm"])
        for name in ("shares", "kernel-shares"):
            shutil.copy(session.plan[name], f"{memory}/{name}")
        for kind in ("9p", "fs", "nfs"):
            os.makedirs(f"{FOLDER}/{kind}")
            write_random(f"{FOLDER}/{kind}/data")
        os.sync()
        start_nfs()
        # As the launcher does: a descriptor for each file that the guest holds.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.server, connection = start_virtiofsd(f"{FOLDER}/fs")
        self.machines = {
            "apus": self.start("apus", 0, file_systems=[(TAG_FS, connection)]), "q35": self.start("q35", 1)}

    def start(self, vmm, number, **more):
        link = Link(f"bench{number}", number)
        board = self.session.board(
            "shares", f"sh /bench.sh shares {link.guest} {link.host}", memory=768, network=link,
            shares=[(TAG_9P, f"{FOLDER}/9p")], **more)
        board.kernel += "-shares"
        marks = {}

        def heard(line):
            if line.startswith(("@begin", "@end")):
                marks[line] = machine.exits()

        machine = Machine(vmm, board, self.session.paths, heard)
        machine.link, machine.marks = link, marks
        machine.wait_for("@ready")
        return machine

    def measure(self, index):
        for vmm, kind in self.session.order(index, READS):
            self.read(index, vmm, kind)
        for vmm, kind in self.session.order(index, UNTARS):
            self.untar(index, vmm, kind)

    def read(self, index, vmm, kind):
        key, machine = f"randread-{kind}.{index}", self.machines[vmm]
        export(kind, machine.link)
        machine.send(f"randread {key} {kind}")
        fields = machine.wait_for(f"@result {key} ")[1].split()[2:]
        if len(fields) != 3 or fields[0] != "0":
            raise RuntimeError(f"fio in the guest failed on {kind}: {fields}\n{machine.said()}")
        requests = int(fields[1]) / 4
        self.note("randread", index, vmm, kind, requests / int(fields[2]) * 1000, exits(machine, key) / requests)

    def untar(self, index, vmm, kind):
        key, machine = f"untar-{kind}.{index}", self.machines[vmm]
        export(kind, machine.link)
        machine.send(f"untar {key} {kind}")
        end, line = machine.wait_for(f"@end {key}", timeout=600)
        begin, _ = machine.wait_for(f"@begin {key}")
        files = int(self.session.plan["shares-files"])
        folder = f"{FOLDER}/{kind.split('-')[0]}/tree"
        found = sum(len(names) for _, _, names in os.walk(folder))
        if found != files:
            raise RuntimeError(f"{kind}: {found} of {files} files came out: {line}\n{machine.said()}")
        shutil.rmtree(folder)
        os.sync()
        self.note("untar", index, vmm, kind, files / (end - begin), exits(machine, key) / files)

    def note(self, what, index, vmm, kind, value, exits):
        """Notes a figure of a share under its own name, and one of NFS beside each of ours."""
        if kind in OURS:
            self.session.sample(f"{kind}-{what}", vmm, value, exits=exits)
        else:
            for ours in OURS:
                self.session.sample(f"{ours}-{what}", kind, value, exits=exits)
        self.session.say(f"shares {index + 1}: {what}, {vmm}, {kind}: {value:.1f}/s, {exits:.1f} exits each")

    def end(self):
        for machine in self.machines.values():
            machine.kill()
        self.server.kill()
        self.server.wait()


def exits(machine, key):
    return machine.marks[f"@end {key}"] - machine.marks[f"@begin {key}"]


def export(kind, link):
    """Lets the guest mount the folder by NFS, in the way of this kind."""
    if kind.startswith("nfs"):
        way = "async" if kind == "nfs-async" else "sync"
        subprocess.run(["exportfs", "-i", "-o", f"{EXPORT},{way}", f"{link.guest}:{FOLDER}/nfs"], check=True)


def write_random(path):
    with open(path, "wb") as file:
        for _ in range(DATA >> 20):
            file.write(os.urandom(1 << 20))


def start_nfs():
    """NFSv4 alone: it needs neither rpcbind nor statd. Nobody has opened anything, so there is no grace to wait for."""
    os.makedirs("/var/lib/nfs/v4recovery", exist_ok=True)
    os.makedirs("/run/rpc_pipefs", exist_ok=True)
    for command in (
        ["modprobe", "nfsd"], ["mount", "-t", "nfsd", "nfsd", "/proc/fs/nfsd"],
        ["rpc.mountd", "--no-nfs-version", "3"], ["rpc.nfsd", "--no-nfs-version", "3", "--no-udp", "8"],
    ):
        subprocess.run(command, check=True)
    with open("/proc/fs/nfsd/v4_end_grace", "w") as file:
        file.write("Y")


def start_virtiofsd(folder):
    """Starts the server of a folder as `apus run` does; returns its process and a socket that is connected to it."""
    path = "/run/bench-virtiofs"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(1)
        connected = socket.socket(socket.AF_UNIX)
        connected.connect(path)
        os.unlink(path)
        program = next(place for place in VIRTIOFSD if os.path.exists(place))
        process = subprocess.Popen(
            [program, "-f", f"--fd={listener.fileno()}", "-o", f"source={folder}", "-o", "cache=auto",
             "-o", "log_level=err"], pass_fds=[listener.fileno()])
    return process, connected.detach()


def guest_functions(seconds):
    return f"seconds={seconds}\n{GUEST_FUNCTIONS}"


GUEST_FUNCTIONS = """
share() {
    case $1 in
    9p) mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none bench9p /mnt ;;
    9p-loose) mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose bench9p /mnt ;;
    fs) mount -t virtiofs benchfs /mnt ;;
    nfs*) mount -t nfs4 -o vers=4.2,proto=tcp,addr=$host,clientaddr=$guest $host:/ /mnt ;;
    esac || echo "cannot mount $1"
}
shares_randread() {
    share $2
    echo @begin $1
    $run /bin/fio --name=$1 --filename=/mnt/data --size=64m --direct=1 --ioengine=psync --rw=randread --bs=4k \\
        --time_based --runtime=$seconds --randrepeat=1 --thread --output=/tmp/fio --minimal >/dev/null 2>&1
    echo "@end $1"
    echo "@result $1 $(cut -s -d';' -f5,6,9 /tmp/fio | tr ';' ' ')"
    umount /mnt
}
shares_untar() {
    share $2
    mkdir /mnt/tree
    sync
    echo @begin $1
    $run /bin/tar -xf /tree.tar -C /mnt/tree
    status=$?
    umount /mnt
    echo "@end $1"
    [ $status = 0 ] || echo "tar ended with $status"
}
"""

GUEST_CASE = """
shares)
    guest=$2 host=$3
    network $guest
    for module in /modules/*; do insmod $module 2>/dev/null; done
    stty -echo
    echo @ready
    while read -r what words; do
        shares_$what $words
    done
    ;;
"""
