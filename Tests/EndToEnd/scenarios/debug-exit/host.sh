# SPDX-License-Identifier: Apache-2.0
# A multiboot kernel of a few instructions: it writes 21 to port 0xf4 and stops.
perl -e '
    my $base = 0x100000;
    my $code = pack("C*", 0xb0, 21, 0xe6, 0xf4, 0xfa, 0xf4, 0xeb, 0xfd);
    my $multiboot = pack("L<3", 0x1badb002, 0, 0x100000000 - 0x1badb002);
    my $body = $multiboot . $code;
    my $header = pack("a4 C5 x7 S<2 L<5 S<6", "\x7fELF", 1, 1, 1, 0, 0, 2, 3, 1, $base + 84 + 12, 52, 0, 0, 52, 32, 1, 0, 0, 0);
    my $program = pack("L<8", 1, 0, $base, $base, 84 + length $body, 84 + length $body, 7, 4096);
    print $header . $program . $body;' >kernel.elf
launch_bare --kernel kernel.elf --memory 32M --debug-exit
finish
