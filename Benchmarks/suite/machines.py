# SPDX-License-Identifier: Apache-2.0
"""Starts one machine, on Apus or on QEMU, with the same kernel, initrd, command line and host resources."""

import dataclasses
import fcntl
import glob
import json
import os
import socket
import struct
import subprocess
import tempfile
import threading
import time


@dataclasses.dataclass(frozen=True)
class Link:
    """A TAP interface, and the last but one number of the addresses on it."""

    tap: str = "bench0"
    subnet: int = 0

    @property
    def host(self):
        return f"10.99.{self.subnet}.1"

    @property
    def guest(self):
        return f"10.99.{self.subnet}.2"


@dataclasses.dataclass
class Board:
    """What a machine has, whoever emulates it."""

    kernel: str | None = None
    initrd: str | None = None
    arguments: str = ""
    firmware: str | None = None
    """The file of ours, where there is no kernel; QEMU has its own copy."""
    memory: int = 256
    processors: int = 1
    disk: str | None = None
    direct: bool = False
    network: Link | None = None
    vhost: bool = False
    entropy: bool = False
    balloon: str | None = None
    """`on`, or `reporting` for one to which the guest reports free pages."""
    shares: list = dataclasses.field(default_factory=list)
    """Folders by virtio-9p: pairs of a tag and a path."""
    file_systems: list = dataclasses.field(default_factory=list)
    """Folders by virtio-fs: pairs of a tag and a socket that is connected to its server. Of ours alone."""
    monitor: str | None = None
    """The path of the monitor's socket."""


class Machine:
    """A running VMM. Lines of the guest's console are handed to `on_line`, on a thread of their own."""

    running = []
    """Those that were started and not ended."""

    def __init__(self, vmm, board, paths, on_line=None):
        self.memory = board.memory << 20
        self.monitor = board.monitor
        self.lines = []
        self.changed = threading.Condition()
        self.on_line = on_line
        reader, writer = os.pipe()
        keyboard, self.keyboard = os.pipe()
        descriptors = [writer, keyboard]
        command = Command(board, paths, (keyboard, writer), descriptors)
        arguments = command.ours() if vmm == "apus" else command.qemu(vmm)
        self.errors = tempfile.TemporaryFile("w+")
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            arguments, stdin=keyboard, stdout=writer, stderr=self.errors, pass_fds=descriptors)
        for number in descriptors:
            os.close(number)
        Machine.running.append(self)
        self.console = threading.Thread(target=self.read, args=(reader,), daemon=True)
        self.console.start()

    def read(self, reader):
        rest = ""
        with os.fdopen(reader, "rb", buffering=0) as stream:
            while chunk := stream.read(4096):
                now = time.monotonic()
                *lines, rest = (rest + chunk.decode(errors="replace")).split("\n")
                # A prompt waits for its answer on the same line.
                if rest.endswith(" login: "):
                    lines.append(rest)
                for line in lines:
                    self.hear(now, line.strip())

    def hear(self, now, line):
        if self.on_line:
            self.on_line(line)
        with self.changed:
            self.lines.append((now, line))
            self.changed.notify_all()

    def send(self, line):
        """Types a line on the guest's console."""
        os.write(self.keyboard, line.encode() + b"\n")

    def exits(self):
        """Returns the exits of this guest so far, those that KVM handled itself included."""
        [path] = glob.glob(f"/sys/kernel/debug/kvm/{self.process.pid}-*/exits")
        with open(path) as file:
            return int(file.read())

    def wait_for(self, text, timeout=120):
        """Returns the first line that starts so, as (time, line)."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                for when, line in self.lines:
                    if line.startswith(text):
                        return when, line
                remaining = deadline - time.monotonic()
                if remaining <= 0 or self.process.poll() is not None:
                    raise RuntimeError(f"the guest never said {text!r}:\n" + self.said())
                self.changed.wait(min(remaining, 1))

    def seconds_until(self, text):
        """Returns the seconds from the VMM's start to the first line of the console that starts so; ends the VMM."""
        when, _ = self.wait_for(text)
        self.kill()
        return when - self.started

    def kill(self):
        Machine.running.remove(self)
        self.process.kill()
        self.process.wait()
        os.close(self.keyboard)
        self.console.join(5)

    def said(self):
        self.errors.seek(0)
        return "\n".join(line for _, line in self.lines[-20:]) + "\n" + self.errors.read()[-2000:]

    def memory_beyond_guest(self):
        """Returns (anonymous, resident) KiB of all mappings but the guest's RAM."""
        anonymous = resident = 0
        guests = 0
        mapping_is_guest = False
        with open(f"/proc/{self.process.pid}/smaps") as file:
            for line in file:
                first, _, rest = line.partition(" ")
                if "-" in first and not first.endswith(":"):
                    start, end = (int(part, 16) for part in first.split("-"))
                    mapping_is_guest = end - start == self.memory
                    guests += mapping_is_guest
                elif not mapping_is_guest and first == "Rss:":
                    resident += int(rest.split()[0])
                elif not mapping_is_guest and first == "Anonymous:":
                    anonymous += int(rest.split()[0])
        if guests != 1:
            raise RuntimeError(f"{guests} mappings have the size of the guest's memory")
        return anonymous, resident


class Command:
    """The arguments that start a VMM, and the descriptors it gets."""

    def __init__(self, board, paths, console, descriptors):
        self.board = board
        self.paths = paths
        self.console = console
        self.descriptors = descriptors

    def hand(self, number):
        self.descriptors.append(number)
        return number

    def open(self, path, flags):
        return {"descriptor": self.hand(os.open(path, flags))}

    def ours(self):
        board = self.board
        document = {
            "name": "bench",
            "processors": {"count": board.processors},
            "memory": {"byteCount": board.memory << 20, "mergeable": False, "hugePages": False},
            "boot": self.boot(),
            "disks": [],
            "networks": [],
            "console": {"kind": "streams", "input": self.console[0], "output": self.console[1]},
            "entropy": board.entropy,
            "panicDevice": True,
            "debugExit": False,
            "kvm": self.open("/dev/kvm", os.O_RDWR),
        }
        if board.disk:
            flags = os.O_RDWR | (os.O_DIRECT if board.direct else 0)
            document["disks"] = [{"source": self.open(board.disk, flags), "format": "raw", "queueCount": 1}]
        if board.network:
            document["networks"] = [{
                "kind": "tap", "name": board.network.tap, "descriptors": [self.hand(open_tap(board.network))]}]
            if board.vhost:
                vhost = self.hand(os.open("/dev/vhost-net", os.O_RDWR))
                document["networks"][0].update({"vhost": True, "vhostDescriptors": [vhost]})
        if board.shares:
            document["shares"] = [{
                "tag": tag, "source": self.open(path, os.O_PATH | os.O_DIRECTORY), "owners": "passthrough",
            } for tag, path in board.shares]
        if board.file_systems:
            document["fileSystems"] = [
                {"tag": tag, "source": {"descriptor": self.hand(connection)}, "cache": "auto"}
                for tag, connection in board.file_systems]
        if board.balloon:
            document["balloon"] = {"freePageReporting": board.balloon == "reporting"}
        if board.monitor:
            document["monitor"] = {"descriptor": self.hand(listen(board.monitor))}
        configuration = os.memfd_create("configuration")
        os.write(configuration, json.dumps(document).encode())
        os.lseek(configuration, 0, os.SEEK_SET)
        return [self.paths["vmm"], "--config", str(self.hand(configuration))]

    def boot(self):
        board = self.board
        if board.firmware:
            return {"firmware": {"kind": "bios", "image": self.open(board.firmware, os.O_RDONLY)}}
        return {
            "kernel": self.open(board.kernel, os.O_RDONLY),
            "initrd": self.open(board.initrd, os.O_RDONLY),
            "commandLine": board.arguments,
        }

    def qemu(self, machine):
        board = self.board
        bus = "device" if machine == "microvm" else "pci"
        command = [
            "qemu-system-x86_64", "-M", "microvm,rtc=on" if machine == "microvm" else machine, "-accel", "kvm",
            "-cpu", "host", "-m", str(board.memory), "-smp", str(board.processors), "-nodefaults", "-no-user-config",
            "-display", "none", "-no-reboot", "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
        ]
        if board.firmware:
            # Without graphics its firmware speaks on the serial port, as ours does.
            command += ["-machine", "graphics=off"]
        else:
            command += ["-kernel", board.kernel, "-initrd", board.initrd, "-append", board.arguments]
        if board.disk:
            direct = "on" if board.direct else "off"
            command += [
                "-object", "iothread,id=io",
                "-blockdev", f"driver=file,node-name=file,filename={board.disk},aio=io_uring,cache.direct={direct}",
                "-blockdev", f"driver=raw,node-name=disk,file=file,cache.direct={direct}",
                "-device", f"virtio-blk-{bus},drive=disk,iothread=io",
            ]
        if board.network:
            tap = self.hand(open_tap(board.network))
            command += [
                "-netdev", f"tap,id=net,fd={tap},vhost={'on' if board.vhost else 'off'}",
                "-device", f"virtio-net-{bus},netdev=net",
            ]
        if board.entropy:
            command += ["-object", "rng-random,id=rng,filename=/dev/urandom", "-device", f"virtio-rng-{bus},rng=rng"]
        for index, (tag, path) in enumerate(board.shares):
            command += [
                "-fsdev", f"local,id=share{index},path={path},security_model=passthrough",
                "-device", f"virtio-9p-{bus},fsdev=share{index},mount_tag={tag}",
            ]
        if board.balloon:
            reporting = "on" if board.balloon == "reporting" else "off"
            command += ["-device", f"virtio-balloon-{bus},free-page-reporting={reporting}"]
        if board.monitor:
            listener = self.hand(listen(board.monitor))
            command += [
                "-chardev", f"socket,id=monitor,fd={listener},server=on,wait=off",
                "-mon", "chardev=monitor,mode=control",
            ]
        return command


def listen(path):
    """Makes a listening socket in the place of the last one."""
    if os.path.exists(path):
        os.unlink(path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(1)
        return listener.detach()


def open_tap(link):
    """Makes the TAP interface, which lives as long as its descriptor, and gives the host its address."""
    number = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    # IFF_TAP, IFF_NO_PI, IFF_VNET_HDR
    fcntl.ioctl(number, 0x400454CA, struct.pack("16sH22x", link.tap.encode(), 0x2 | 0x1000 | 0x4000))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for request, address in ((0x8916, link.host), (0x891C, "255.255.255.0")):
            inner = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(control, request, struct.pack("16s16s8x", link.tap.encode(), inner))
        fcntl.ioctl(control, 0x8914, struct.pack("16sH22x", link.tap.encode(), 0x1 | 0x40))  # up, running
    return number
