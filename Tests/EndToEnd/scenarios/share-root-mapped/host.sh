# SPDX-License-Identifier: Apache-2.0
# A Debian in a directory, with its owners in extended attributes: to the host all is root's, and regular.
. "${SCENARIO%/*}/share-library.sh"
share_root mapped
launch_root mapped /apus-probe --memory 384M
finish
note host.files "$($busybox stat -c '%n %u:%g %a %F' "$root"/srv/{file,copy,symbolic,null,pipe} | sed "s|$root||")"
leave_root
