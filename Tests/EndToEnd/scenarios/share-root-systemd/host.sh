# SPDX-License-Identifier: Apache-2.0
# The same Debian brought up by its own systemd, to where one can log in.
. "${SCENARIO%/*}/share-library.sh"
share_root passthrough
# There is no udev, and so no unit of a device: the login on the console waits for none.
append="systemd.mask=serial-getty@ttyS0.service systemd.wants=console-getty.service"
launch_root passthrough /sbin/init --memory 512M
# The prompt ends no line: what comes before a colon is read.
follow console | while IFS= read -r -d : part; do
    if [[ $part == *"apus-share login" ]]; then break; fi
done
force
finish
leave_root
