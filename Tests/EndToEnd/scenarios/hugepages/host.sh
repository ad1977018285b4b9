# SPDX-License-Identifier: Apache-2.0
# The first machine finds no huge pages, the second one finds enough.
echo 0 >/proc/sys/vm/nr_hugepages
kernel=$APUS_E2E_KERNELS/cloud.elf
launch_bare --kernel "$kernel" --memory 256M --hugepages
wait "$machine"
note refusal.status $?
mv errors refusal.errors
echo 128 >/proc/sys/vm/nr_hugepages
note pool "$(</proc/sys/vm/nr_hugepages)"
launch_bare --kernel "$kernel" --memory 256M --hugepages --append "console=ttyS0 panic=-1"
await console "Linux version"
$busybox grep -h -E '^(HugePages|Private_Hugetlb)' /proc/meminfo "/proc/$(vmm)/smaps_rollup" >use
force
finish
echo 0 >/proc/sys/vm/nr_hugepages
