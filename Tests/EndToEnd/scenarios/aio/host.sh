# SPDX-License-Identifier: Apache-2.0
# io_uring_setup(2) fails with EPERM in the machine's process and in what it starts.
through=$work/without-io-uring
cat >"$through" <<'END'
#!/usr/bin/perl
# Loads the system call's number; 425, io_uring_setup, gives EPERM; all others are allowed.
my $filter = pack("S<CCL<" x 4, 0x20, 0, 0, 0, 0x15, 0, 1, 425, 0x06, 0, 0, 0x50001, 0x06, 0, 0, 0x7fff0000);
my $program = pack("S<x6P", 4, $filter);
syscall(157, 38, 1, 0, 0, 0) == 0 or die "prctl(PR_SET_NO_NEW_PRIVS): $!";
syscall(317, 1, 0, $program) == 0 or die "seccomp: $!";
exec @ARGV or die "$ARGV[0]: $!";
END
chmod +x "$through"
head -c 16777216 /dev/zero | $busybox tr '\0' '\377' >/scratch/aio.img
launch cloud elf --cpus 1 --disk /scratch/aio.img,format=raw
finish
$busybox dd if=/scratch/aio.img bs=4096 count=64 2>/dev/null | $busybox md5sum | $busybox cut -c1-32 >sum
$busybox dd if=/scratch/aio.img bs=4096 skip=1024 count=1024 2>/dev/null | $busybox tr -d '\0' | $busybox wc -c >zeroed
$busybox dd if=/scratch/aio.img bs=4096 skip=2048 count=1024 2>/dev/null | $busybox tr -d '\0' | $busybox wc -c >discarded
