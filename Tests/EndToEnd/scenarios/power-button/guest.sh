# SPDX-License-Identifier: Apache-2.0
echo "guest: listening"
sleep 1000
echo "guest: nobody pressed the button"
