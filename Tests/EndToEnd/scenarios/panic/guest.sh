# SPDX-License-Identifier: Apache-2.0
echo "guest: about to panic"
echo c >/proc/sysrq-trigger
