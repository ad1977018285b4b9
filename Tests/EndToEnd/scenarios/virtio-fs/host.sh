# SPDX-License-Identifier: Apache-2.0
# A guest works in a folder that virtiofsd serves, through a pause, until the server is killed.
# The lab's root is a view of the host's files, which no server can make its own root.
share=/scratch/share
mkdir -p "$share"
echo "from the host" >"$share/hello"
head -c 4194304 /dev/urandom >"$share/large"
$busybox md5sum <"$share/large" | $busybox cut -c1-32 >large.sum
launch cloud elf --memory 256M --qmp monitor.sock --channel name=org.apus.words,socket=words.sock \
    --virtiofs work="$share",cache=none
open_words
await console "guest: ready"
restless >>"$RESULT/restless"
$busybox cmp "$share/large" "$share/made/copy" && note copy same
$busybox stat -c '%a %s' "$share/made/word" >word
echo "changed by the host" >"$share/hello"
: >"$share/new"
echo go >&"$words"
await console "guest: copying"
ask '{"execute":"stop"}' '{"execute":"query-status"}' '{"execute":"cont"}' >pause.out
await console "guest: sum again"
echo go >&"$words"
await console "complaints: end"
$busybox ls "$share/made" >listing
for file in /proc/"$(vmm)"/task/*/comm; do echo "$(<"$file")"; done | $busybox sort >threads
for file in /proc/[0-9]*/comm; do
    read -r name 2>/dev/null <"$file" || continue
    if [ "$name" = virtiofsd ]; then kill -KILL "${file//[!0-9]/}"; fi
done
await errors "the share work is down"
echo go >&"$words"
await console "guest: alive"
# Linux does not power off while a file system does not answer.
ask '{"execute":"quit"}' >quit.out
finish
exec {words}>&-
