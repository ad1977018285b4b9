# SPDX-License-Identifier: Apache-2.0
launch cloud elf --cpus 4 --memory 768M
finish
