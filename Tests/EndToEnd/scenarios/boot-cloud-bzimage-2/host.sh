# SPDX-License-Identifier: Apache-2.0
guest=boot
launch cloud bzimage --cpus 2
finish
