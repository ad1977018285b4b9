# SPDX-License-Identifier: Apache-2.0
# Two equal machines whose memory the kernel may share, then one that it may not.
ksm=/sys/kernel/mm/ksm
echo 20000 >$ksm/pages_to_scan
echo 5 >$ksm/sleep_millisecs
echo 1 >$ksm/run
launch cloud elf --memory 192M --mergeable
first=$machine
await console "guest: up"
mv console first.console
launch cloud elf --memory 192M --mergeable
await console "guest: up"
# KSM tells nobody how far it is.
for _ in {1..100}; do
    read -r sharing <$ksm/pages_sharing
    [ "$sharing" -gt 10000 ] && break
    sleep 0.2
done
note sharing "$sharing"
kill -TERM "$first" "$machine"
wait "$first"
finish
mv console second.console
launch cloud elf --memory 192M
await console "guest: up"
note unmergeable "$($busybox grep -c ' mg' "/proc/$(vmm)/smaps")"
kill -TERM "$machine"
wait "$machine"
echo 2 >$ksm/run
