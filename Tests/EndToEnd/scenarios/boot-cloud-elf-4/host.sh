# SPDX-License-Identifier: Apache-2.0
guest=boot
launch cloud elf --cpus 4,sockets=2 --memory 640M
finish
