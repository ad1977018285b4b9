# SPDX-License-Identifier: Apache-2.0
# Debian's cloud-init finds its orders on the disk that the launcher made, and follows them.
image=$APUS_E2E_CLOUD_IMAGE
cat >user-data <<'END'
#cloud-config
hostname: from-user-data
write_files:
  - path: /var/tmp/written
    content: by cloud-init
runcmd:
  - [sh, -c, "echo \"guest: $(hostname) $(cat /var/tmp/written) $(cat /var/lib/cloud/data/instance-id)\" >/dev/ttyS0; poweroff"]
END
launch_bare --name standard --memory 768M --kernel "${image%/*}/vmlinuz" --initrd "${image%/*}/initrd.img" \
    --append "root=LABEL=apus-root rw console=ttyS0 quiet net.ifnames=0" --disk "$image,format=raw" \
    --user-data user-data
finish
