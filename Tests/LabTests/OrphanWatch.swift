// SPDX-License-Identifier: Apache-2.0
import Glibc
import GuestKit
import Host

/// Kills a program after a time and waits for everything that it had started, whatever that is called.
///
/// A process of its own takes the orphans over, `PR_SET_CHILD_SUBREAPER`: the tests' process has children of other
/// tests, which are not to be waited for here.
enum OrphanWatch {
    struct Outcome {
        /// 0 where all have ended; else what went wrong was said.
        let status: Int32?
        let errors: String
    }

    static func kill(
        _ command: [String], environment: [String], afterMicroseconds delay: UInt32
    ) throws -> Outcome {
        let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
        let errors = try Tool.memoryFile("errors")
        let watch = try LabBed.start(
            ["perl", "-e", script, "\(delay)"] + command, environment,
            [null.borrowed, null.borrowed, errors.borrowed])
        let status = watch.wait(atMost: LabBed.limitSeconds)
        let text = try errors.read(at: 0, count: Int(try errors.status().byteCount))
        return Outcome(status: status, errors: String(decoding: text, as: UTF8.self))
    }

    /// 157 is prctl(2), 36 `PR_SET_CHILD_SUBREAPER`. The program has its errors on /dev/null: only ours count.
    private static let script = #"""
        use strict;
        my $delay = shift @ARGV;
        syscall(157, 36, 1, 0, 0, 0) == 0 or die "prctl(PR_SET_CHILD_SUBREAPER): $!\n";
        my $program = fork // die "fork: $!\n";
        if ($program == 0) {
            open STDERR, ">", "/dev/null";
            exec @ARGV;
            exit 127;
        }
        select(undef, undef, undef, $delay / 1e6);
        kill "KILL", $program;
        $SIG{ALRM} = sub {
            my @left;
            for my $name (glob "/proc/[0-9]*/stat") {
                open my $file, "<", $name or next;
                push @left, "$1 $2" if (<$file> // "") =~ /^(\d+) \((.*)\) \S+ $$ /;
            }
            kill "KILL", map { /^(\d+)/ } @left;
            die "survivors: " . join(", ", @left) . "\n";
        };
        alarm 20;
        my $status;
        while ((my $process = wait) > 0) { $status = $? if $process == $program }
        $status == 9 or die "the program ended before it was killed, with status $status\n";
        """#
}
