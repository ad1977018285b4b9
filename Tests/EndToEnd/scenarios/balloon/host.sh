# SPDX-License-Identifier: Apache-2.0
# PyPI's qemu.qmp takes memory from a guest, hears of its statistics, and gives the memory back.
launch cloud elf --memory 320M --qmp monitor.sock --channel name=org.apus.words,socket=words.sock \
    --balloon deflate-on-oom
await console "guest: filled"
restless >>"$RESULT/restless"
drive monitor.sock words.sock "$(vmm)"
finish
