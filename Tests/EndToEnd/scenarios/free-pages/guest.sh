# SPDX-License-Identifier: Apache-2.0
exec 3<>"$(echo /dev/vport*)"
mkdir /fill
mount -t tmpfs -o size=100% none /fill
dd if=/dev/zero of=/fill/file bs=1M count=150 2>/dev/null
say "filled"
hear 3
rm /fill/file
say "freed"
hear 3
dd if=/dev/zero of=/fill/file bs=1M count=150 2>/dev/null && say "filled again $(tr -d '\0' </fill/file | wc -c)"
complaints
