# SPDX-License-Identifier: Apache-2.0
launch cloud elf --cpus 2
finish
