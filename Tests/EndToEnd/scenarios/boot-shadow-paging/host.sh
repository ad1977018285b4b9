# SPDX-License-Identifier: Apache-2.0
# The batch's preparation has taken nested paging away.
guest=boot
note npt "$(</sys/module/kvm_amd/parameters/npt)"
launch cloud elf --cpus 2
finish
