# SPDX-License-Identifier: Apache-2.0
# A card with two queue pairs, served by this process and then by the kernel: transfers by both, a pause under way, the
# filter, the announcement, the link, and where the threads are.
serve=$work/served
mkdir -p "$serve"
head -c 2097152 /dev/urandom >"$serve/down"
$busybox md5sum <"$serve/down" | $busybox cut -c1-32 >down.sum
cat "$serve/down" "$serve/down" | $busybox md5sum | $busybox cut -c1-32 >up.sum

# fetch: what the guest serves, summed.
fetch() { $busybox wget -q -O - "http://10.9.0.2/$1" | $busybox md5sum | $busybox cut -c1-32; }

# placed PROCESS: the card's threads, and the kernel's for each, with the processors that each may run on.
placed() {
    local thread name kernel
    for thread in /proc/"$1"/task/*; do
        read -r name <"$thread/comm"
        case $name in net0*) ;; *) continue ;; esac
        echo "$name $(allowed "$thread/status")"
        for kernel in /proc/[0-9]*; do
            read -r name 2>/dev/null <"$kernel/comm" || continue
            if [ "$name" = "vhost-${thread##*/}" ]; then echo "vhost $(allowed "$kernel/status")"; fi
        done
    done | $busybox sort
}

allowed() {
    local key value
    while read -r key value; do
        if [ "$key" = Cpus_allowed_list: ]; then echo "$value"; fi
    done <"$1"
}

# round NAME OPTIONS: one machine.
round() {
    local name=$1
    mkdir "$name"
    cd "$name" || fail "no folder $name"
    ip tuntap add dev tap0 mode tap multi_queue
    ip addr add 10.9.0.1/24 dev tap0
    ip link set tap0 up
    $busybox httpd -f -p 10.9.0.1:8080 -h "$serve" &
    server=$!
    launch cloud elf --cpus 2 --qmp monitor.sock --net "tap=tap0,mac=52:54:00:12:34:56,queues=2,mtu=4000,$2"
    await console "guest: serving"
    restless >>"$RESULT/restless"
    fetch up >fetched
    note mtu "$(</sys/class/net/tap0/mtu)"
    ask '{"execute":"query-rx-filter"}' >filter
    ask '{"execute":"query-iothreads"}' >threads
    placed "$(vmm)" >places

    # Asked for while the machine stands still; its answer waits for `cont`.
    ask '{"execute":"stop"}' >stop
    fetch up >fetched.paused &
    paused=$!
    ask '{"execute":"query-status"}' '{"execute":"cont"}' >cont
    wait $paused

    ask '{"execute":"set_link","arguments":{"name":"net0","up":false}}' >down
    ask '{"execute":"set_link","arguments":{"name":"net0","up":true}}' >up
    fetch up >fetched.linked

    # An announcement is an ARP of the guest's that nobody asked for.
    echo 1 >/proc/sys/net/ipv4/conf/tap0/arp_accept
    ip neigh del 10.9.0.2 dev tap0
    : >listening
    perl -e '
        socket(my $socket, 17, 3, 0x0608) or die "$!";
        open(my $ready, ">>", "listening"); print $ready "ready\n"; close $ready;
        while (recv($socket, my $frame, 2000, 0), 1) {
            my @parts = unpack("H12 H12 H4 x6 H4 H12 H8 H12 H8", $frame);
            next if $parts[2] ne "0806" or $parts[5] ne $parts[7];
            print "$parts[1] $parts[5]\n";
            last;
        }' >announced &
    listener=$!
    await listening ready
    ask '{"execute":"announce-self","arguments":{"initial":50,"max":550,"rounds":5,"step":50}}' >announce
    wait $listener
    ask '{"execute":"quit"}' >quit
    finish
    kill "$server"
    wait "$server" 2>/dev/null
    ip link del tap0
    cd ..
}

round user vhost=off,cpus=follow
round kernel vhost=on,cpus=0
