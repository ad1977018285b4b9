# SPDX-License-Identifier: Apache-2.0
# PyPI's qemu.qmp drives the monitor.
$busybox truncate -s 4M disk.img
launch cloud elf --cpus 2 --name monitored --qmp monitor.sock --disk disk.img,format=raw,readonly
drive monitor.sock
finish
rm disk.img

# A machine that is told to quit, by a client that sends what a real one does in the fewest bytes. Its kernel waits for
# a disk that never comes.
launch_bare --kernel "$APUS_E2E_KERNELS/cloud.elf" --qmp monitor.sock --append "console=ttyS0 root=/dev/vda rootwait"
await console "Linux version"
perl -MIO::Socket::UNIX -e '
    my $socket = IO::Socket::UNIX->new(Peer => "monitor.sock") or die "$!";
    $socket->autoflush(1);
    print scalar <$socket>;
    print $socket q({"execute":"qmp_capabilities"}{"execute":"quit","id":7});
    print while <$socket>;' >quit.out
wait "$machine"
note quit.status $?
