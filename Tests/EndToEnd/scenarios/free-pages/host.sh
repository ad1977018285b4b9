# SPDX-License-Identifier: Apache-2.0
# What a guest frees goes back to the host without anybody asking.
launch cloud elf --memory 320M --channel name=org.apus.words,socket=words.sock --balloon free-page-reporting
await console "guest: filled"
process=$(vmm)
# In MiB.
resident() {
    local size pages rest
    read -r size pages rest <"/proc/$process/statm"
    echo $((pages * 4 / 1024))
}
open_words
note before "$(resident)"
echo free >&"$words"
await console "guest: freed"
# A process is not told of its pages; the guest looks for free ones every two seconds.
for _ in {1..100}; do
    after=$(resident)
    [ "$after" -lt $(($(<before) - 135)) ] && break
    sleep 0.1
done
note after "$after"
echo again >&"$words"
finish
exec {words}>&-
