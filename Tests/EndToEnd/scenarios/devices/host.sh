# SPDX-License-Identifier: Apache-2.0
# One machine with every device, each used from the guest and looked at from outside.
serve=$work/served
mkdir -p "$serve"
head -c 2097152 /dev/urandom >"$serve/down"
head -c 65536 /dev/urandom >"$serve/pattern"
ip tuntap add dev tap0 mode tap
ip addr add 10.9.0.1/24 dev tap0
ip link set tap0 up
$busybox httpd -f -p 10.9.0.1:8080 -h "$serve" &
server=$!

# Ones, so that a zero is the guest's doing; its last 4 KiB are on no boundary that a guest might like better.
head -c 16781312 /dev/zero | $busybox tr '\0' '\377' >/scratch/data.img
$busybox truncate -s 8M /scratch/fixed.img
printf 'keep me' | $busybox dd of=/scratch/fixed.img conv=notrunc 2>/dev/null

launch cloud elf --cpus 2 --name devices \
    --disk /scratch/data.img,format=raw,serial=APUS-DATA-0001 --disk /scratch/fixed.img,format=raw,readonly,queues=1 \
    --net tap=tap0,mac=52:54:00:12:34:56 --channel name=org.qemu.guest_agent.0,socket=agent.sock \
    --channel name=org.apus.second,socket=second.sock
await console "guest: serving"
restless >>"$RESULT/restless"

# Frames and bytes from the guest, then to it. Beside its data each direction carries the other's acknowledgements.
counters() {
    local counter
    for counter in rx_packets rx_bytes tx_packets tx_bytes; do echo "$(</sys/class/net/tap0/statistics/$counter)"; done
}
counters >tap.down
perl -MIO::Socket::INET -e '
    my $socket = IO::Socket::INET->new(PeerAddr => "10.9.0.2:80", Timeout => 20) or die "$!";
    print $socket "GET /up HTTP/1.0\r\n\r\n";
    $socket->flush;
    local $/ = "\r\n\r\n";
    my $head = <$socket>;
    local $/;
    print <$socket>;' | $busybox md5sum | $busybox cut -c1-32 >up.sum
counters >tap.up

# Threads: name, seccomp mode, and whether more rights can be gained.
process=$(vmm)
for thread in /proc/"$process"/task/*; do
    read -r name <"$thread/comm"
    while read -r key value; do
        case $key in Seccomp:) mode=$value ;; NoNewPrivs:) locked=$value ;; esac
    done <"$thread/status"
    echo "$name seccomp=$mode no_new_privs=$locked"
done | $busybox sort >threads
for file in /proc/"$process"/fd/*; do $busybox readlink "$file"; done | $busybox sort >descriptors

# The guest answers what it hears; the second port is connected twice.
perl -MIO::Socket::UNIX -e '
    for my $name ("second.sock", "agent.sock", "second.sock") {
        my $socket = IO::Socket::UNIX->new(Peer => $name) or die "$name: $!";
        $socket->autoflush(1);
        print $socket "question for $name\n";
        my $answer = <$socket>;
        print $answer // "nothing\n";
    }' >answers

finish
kill "$server"
wait "$server" 2>/dev/null
$busybox md5sum <"$serve/down" | $busybox cut -c1-32 >down.sum
# What the guest wrote, by the offsets of its half.
part() { $busybox dd if=/scratch/data.img bs=4096 skip="$1" count="$2" 2>/dev/null; }
part 16 16 | $busybox cmp -s - "$serve/pattern" && note written same
part 32 16 | $busybox cmp -s - "$serve/pattern" && note written.cache same
part 64 1024 | $busybox tr -d '\0' | $busybox wc -c >zeroed
part 2048 1024 | $busybox tr -d '\0' | $busybox wc -c >discarded
part 4096 1 | $busybox md5sum >tail.sum
head -c 4096 "$serve/pattern" | $busybox md5sum >>tail.sum
part 3500 1 | $busybox tr -d '\377' | $busybox wc -c >untouched
note blocks "$($busybox stat -c '%b %s' /scratch/data.img)"
$busybox head -c 7 /scratch/fixed.img >fixed
ip link del tap0
