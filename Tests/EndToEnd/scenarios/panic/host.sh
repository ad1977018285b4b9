# SPDX-License-Identifier: Apache-2.0
# The kernel tells the panic device.
launch cloud elf --cpus 2
finish
