# SPDX-License-Identifier: Apache-2.0
launch cloud bzimage --cpus 2
finish
