# SPDX-License-Identifier: Apache-2.0
cat >/tmp/lease <<'END'
#!/bin/busybox sh
[ "$1" = bound ] || exit 0
echo "guest: lease $ip via $router"
ip addr add "$ip/${mask:-24}" dev "$interface"
ip route add default via "$router" dev "$interface"
echo "$router" >/tmp/router
END
chmod +x /tmp/lease
ip link set eth0 up
udhcpc -i eth0 -n -q -t 5 -s /tmp/lease 2>&1
# The gateway's address is the host.
wget -q -O /tmp/file "http://$(cat /tmp/router):8080/file" && echo "guest: sum $(md5sum </tmp/file)"
complaints
