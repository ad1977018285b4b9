# SPDX-License-Identifier: Apache-2.0
# The guest has not got as far as to listen to its button.
launch_bare --kernel "$APUS_E2E_KERNELS/cloud.elf" --append "console=ttyS0 panic=-1"
await console "Linux version"
force
finish
