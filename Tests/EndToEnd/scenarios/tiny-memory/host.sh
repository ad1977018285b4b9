# SPDX-License-Identifier: Apache-2.0
# Too little memory, by the option and by what the kernel takes.
launch_bare --kernel "$APUS_E2E_KERNELS/cloud.elf" --memory 31M
wait "$machine"
note least.status $?
mv errors least.errors
launch_bare --kernel "$APUS_E2E_KERNELS/cloud.elf" --memory 32M
finish
