# SPDX-License-Identifier: Apache-2.0
server=10.9.0.1:8080
ip addr add 10.9.0.2/24 dev eth0
ip link set eth0 up
say "queues" $(ls /sys/class/net/eth0/queues)
say "mtu $(cat /sys/class/net/eth0/mtu)"
# A frame goes out by the queue of the processor that sends it, and its answers come by the same pair.
for mask in 1 2 1 2; do
    taskset $mask wget -q -O /tmp/down http://$server/down && say "down $(md5sum </tmp/down)"
done
mkdir /srv
cat /tmp/down /tmp/down >/srv/up
say "up $(md5sum </srv/up)"
httpd -p 80 -h /srv
sed -n 's/^ *[0-9]*: *\([0-9]*\) *\([0-9]*\) .* \(virtio[0-9]*-[a-z]*put\.[0-9]\)$/guest: interrupts \3 \1 \2/p' \
    /proc/interrupts
say "serving"
complaints
sleep 1000
