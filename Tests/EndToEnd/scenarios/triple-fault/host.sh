# SPDX-License-Identifier: Apache-2.0
# A kernel that reboots by a triple fault.
append="reboot=t"
launch cloud elf --cpus 1
finish
