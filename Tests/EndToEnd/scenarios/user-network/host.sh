# SPDX-License-Identifier: Apache-2.0
# passt takes the guest's addresses from the lab's outer interface.
mkdir -p served
head -c 1048576 /dev/urandom >served/file
$busybox md5sum <served/file | $busybox cut -c1-32 >sum
$busybox httpd -f -p 127.0.0.1:8080 -h served &
server=$!
launch cloud elf --cpus 1 --net user
finish
kill "$server"
wait "$server" 2>/dev/null
rm -r served
