# SPDX-License-Identifier: Apache-2.0
guest=boot
launch cloud elf --cpus 16 --memory 1G
finish
