# SPDX-License-Identifier: Apache-2.0
# A Debian in a directory, with its owners as the host has them.
. "${SCENARIO%/*}/share-library.sh"
share_root passthrough
launch_root passthrough /apus-probe --memory 384M
finish
note host.files "$($busybox stat -c '%n %u:%g %a %F' "$root"/srv/{file,copy,symbolic,null,pipe} | sed "s|$root||")"
leave_root
