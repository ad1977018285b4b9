# SPDX-License-Identifier: Apache-2.0
# PyPI's qemu.qmp drives the monitor.
$busybox truncate -s 4M disk.img
launch cloud elf --cpus 2 --name monitored --qmp monitor.sock --disk disk.img,format=raw,readonly
export PYTHONPATH=$APUS_E2E_QMP
"$APUS_E2E_PYTHON" "$SCENARIO/client.py" monitor.sock console >client.out 2>client.err
client=$?
note client.status $client
if [ $client -ne 0 ]; then kill -KILL "$machine" 2>/dev/null; fi
finish
rm disk.img

# A machine that is told to quit, by a client that sends what a real one does in the fewest bytes.
launch_bare --kernel "$APUS_E2E_KERNELS/cloud.elf" --qmp monitor.sock
until [ -S monitor.sock ]; do :; done
perl -MIO::Socket::UNIX -e '
    my $socket = IO::Socket::UNIX->new(Peer => "monitor.sock") or die "$!";
    $socket->autoflush(1);
    print scalar <$socket>;
    print $socket q({"execute":"qmp_capabilities"}{"execute":"quit","id":7});
    print while <$socket>;' >quit.out
wait "$machine"
note quit.status $?
