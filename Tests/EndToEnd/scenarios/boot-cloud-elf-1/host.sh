# SPDX-License-Identifier: Apache-2.0
guest=boot
launch cloud elf --cpus 1
finish
