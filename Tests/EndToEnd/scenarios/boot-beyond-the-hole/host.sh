# SPDX-License-Identifier: Apache-2.0
# Memory on both sides of the hole below 4 GiB.
guest=boot
launch cloud elf --cpus 2 --memory 3584M
finish
