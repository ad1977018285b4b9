# SPDX-License-Identifier: Apache-2.0
guest=boot
launch generic elf --cpus 2
finish
