# SPDX-License-Identifier: Apache-2.0
launch generic elf --cpus 2
finish
