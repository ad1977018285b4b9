# SPDX-License-Identifier: Apache-2.0
# The same Debian brought up by its own systemd, to where one can log in.
. "${SCENARIO%/*}/share-library.sh"
share_root passthrough
launch_root passthrough /sbin/init --memory 512M
await console "apus-share login:"
kill -KILL "$machine"
finish
leave_root
