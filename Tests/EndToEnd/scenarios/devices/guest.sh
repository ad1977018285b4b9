# SPDX-License-Identifier: Apache-2.0
server=10.9.0.1:8080
queue=/sys/block/vda/queue
ip addr add 10.9.0.2/24 dev eth0
ip link set eth0 up
wget -q -O /tmp/pattern http://$server/pattern

say "serial $(cat /sys/block/vda/serial)"
say "sectors $(cat /sys/block/vda/size)"
say "scheduler $(cat $queue/scheduler)"
say "sizes" $(cat $queue/logical_block_size $queue/physical_block_size $queue/optimal_io_size $queue/max_sectors_kb)
say "cache $(cat $queue/write_cache)"
say "limits" $(cat $queue/discard_max_bytes $queue/write_zeroes_max_bytes)
say "queues $(ls /sys/block/vda/mq | wc -l) $(ls /sys/block/vdb/mq | wc -l)"

# In pages of 4 KiB: 16-31 and 32-47 written, 64-1087 zeroed, 2048-3071 discarded, 4096 (the last) written.
direct="bs=4096 oflag=direct conv=notrunc"
dd if=/tmp/pattern of=/dev/vda seek=16 bs=4096 oflag=direct conv=notrunc,fsync 2>/dev/null && say "wrote"
dd if=/tmp/pattern of=/dev/vda bs=65536 seek=2 conv=notrunc,fsync 2>/dev/null && say "wrote by the cache"
dd if=/dev/vda bs=4096 skip=16 count=16 iflag=direct 2>/dev/null | cmp - /tmp/pattern && say "read back"
dd if=/tmp/pattern of=/dev/vda seek=4096 count=1 $direct 2>/dev/null && say "wrote the end"
dd if=/tmp/pattern of=/dev/vda seek=4097 count=1 $direct 2>/dev/null || say "refused past the end"
/host/fallocate -z -o 262144 -l 4194304 /dev/vda && say "zeroed"
blkdiscard -o 8388608 -l 4194304 /dev/vda && say "discarded"
say "stat $(cat /sys/block/vda/stat)"

say "fixed $(cat /sys/block/vdb/ro) $(head -c 7 /dev/vdb)"
dd if=/tmp/pattern of=/dev/vdb bs=4096 count=1 oflag=direct 2>/dev/null || say "read-only disk refuses"

say "rng $(cat /sys/class/misc/hw_random/rng_current)"
say "random $(dd if=/dev/hwrng bs=512 count=1 iflag=fullblock 2>/dev/null | od -An -tx1 -v | tr ' ' '\n' | sort -u | wc -l)"

for device in /sys/bus/virtio/devices/*; do
    say "virtio $(cat $device/device) $(cat $device/features)"
done
say "address $(cat /sys/class/net/eth0/address) $(cat /sys/class/net/eth0/mtu)"
wget -q -O /tmp/down http://$server/down && say "down $(md5sum </tmp/down)"
mkdir /srv
cat /tmp/down /tmp/down /tmp/pattern >/srv/up
say "up $(md5sum </srv/up)"
httpd -p 80 -h /srv

for port in /sys/class/virtio-ports/*; do
    say "port $(cat $port/name)"
    case $(cat $port/name) in
        org.qemu.guest_agent.0) agent=/dev/${port##*/} ;;
        org.apus.second) second=/dev/${port##*/} ;;
    esac
done
exec 3<>$agent 4<>$second
say "interrupts $(grep -c virtio /proc/interrupts)"
say "serving"
hear 4 && echo "answer to $line" >&4
hear 3 && echo "answer to $line" >&3
hear 4 && echo "answer to $line" >&4
complaints
