# SPDX-License-Identifier: Apache-2.0
launch cloud elf --cpus 1
await console "guest: listening"
kill -TERM "$machine"
finish
