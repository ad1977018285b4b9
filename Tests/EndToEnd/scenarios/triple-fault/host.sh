# SPDX-License-Identifier: Apache-2.0
# A kernel that reboots by a triple fault. On AMD's processors KVM resets the vCPU before the exit, so the report has
# the registers of a reset.
append="reboot=t"
launch cloud elf --cpus 1
finish
