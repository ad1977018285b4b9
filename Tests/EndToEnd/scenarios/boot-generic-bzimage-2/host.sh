# SPDX-License-Identifier: Apache-2.0
guest=boot
launch generic bzimage --cpus 2
finish
