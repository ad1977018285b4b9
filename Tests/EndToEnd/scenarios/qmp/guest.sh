# SPDX-License-Identifier: Apache-2.0
echo "guest: up"
sleep 1000
