# SPDX-License-Identifier: Apache-2.0
# What the host's halves of the scenarios share. The working folder is the scenario's result folder.

set -u
work=/tmp/apus-e2e
apus=$APUS_E2E_BUILD/apus
# The host may have none, or one without the programs that are needed.
busybox=$APUS_E2E_KERNELS/busybox

# fail SENTENCE: ends the scenario.
fail() {
    echo "scenario: $1" >&2
    exit 1
}

# note KEY VALUE: leaves a figure or a fact for the test.
note() {
    printf '%s\n' "$2" >"$1"
}

# initrd FLAVOUR: the guest kit's initrd with the scenarios' guest halves, made once for each kernel.
initrd() {
    local file=$work/$1.initrd folder
    if [ ! -e "$file" ]; then
        local tree=$work/tree
        if [ ! -d "$tree" ]; then
            mkdir -p "$tree/scenarios"
            for folder in "${SCENARIO%/*}"/*/; do
                folder=${folder%/}
                if [ -e "$folder/guest.sh" ]; then cp "$folder/guest.sh" "$tree/scenarios/${folder##*/}.sh"; fi
            done
            cp "${SCENARIO%/*}/guest-library.sh" "$tree/scenarios/library"
            fill_tree "$tree"
            (cd "$tree" && find . | $busybox cpio -o -H newc 2>/dev/null) >"$work/scenarios.cpio"
        fi
        cat "$APUS_E2E_KERNELS/$1.initrd" "$work/scenarios.cpio" >"$file"
    fi
    echo "$file"
}

# fallocate(1) asks a disk for zeroes, which no program of busybox does.
fill_tree() {
    local library
    mkdir -p "$1/host"
    for library in $(ldd /usr/bin/fallocate | $busybox grep -o '/[^ ]*'); do
        mkdir -p "$1${library%/*}"
        cp -L "$library" "$1$library"
    done
    cp -L /usr/bin/fallocate "$1/host/"
}

# launch FLAVOUR FORMAT ARGUMENTS...: starts a machine that runs this scenario's guest half, or that of $guest;
# $machine is its process.
launch() {
    local flavour=$1 format=$2 code
    shift 2
    code=$(printf '. /scenarios/library; . /scenarios/%s.sh' "${guest-${SCENARIO##*/}}" | $busybox base64 -w0)
    launch_bare --kernel "$APUS_E2E_KERNELS/$flavour.$format" --initrd "$(initrd "$flavour")" \
        --append "console=ttyS0 quiet ${append-} apus.exec=$code" "$@"
}

# launch_bare ARGUMENTS...: starts a machine whose console is the file `console`.
launch_bare() {
    # tail(1) takes notice of changes only in files that are there when it starts.
    : >>console >>errors
    ${through-} "$apus" run --console file=console "$@" 2>>errors &
    machine=$!
}

# force: ends a machine whose guest does not heed the power button. Two signals at once would be one.
force() {
    kill -TERM "$machine"
    await errors "power button"
    kill -TERM "$machine"
}

# finish: waits for the machine and leaves its exit status in `status`.
finish() {
    wait "$machine"
    note status $?
}

# follow FILE: what a file has and gets, for as long as the machine lives and somebody reads.
follow() {
    tail -n +1 -f --pid="$machine" "$1"
}

# await FILE TEXT: waits until a line of a file has a text, for as long as the machine lives.
await() {
    follow "$1" | $busybox grep -qF -- "$2" || fail "the machine ended before $1 had: $2"
}

# drive ARGUMENTS...: runs the scenario's client.py on PyPI's qemu.qmp, with the console as its standard input; without
# it the machine has nobody to end it.
drive() {
    local status
    follow console | PYTHONPATH=$APUS_E2E_QMP:${SCENARIO%/*} PYTHONDONTWRITEBYTECODE=1 \
        "$APUS_E2E_PYTHON" "$SCENARIO/client.py" "$@" >client.out 2>client.err
    status=$?
    note client.status $status
    if [ $status -ne 0 ]; then kill -KILL "$machine" 2>/dev/null; fi
}

# ask COMMAND...: gives the monitor commands in JSON, one after the other, and prints the reply to each.
ask() {
    perl -MIO::Socket::UNIX -e '
        my $socket = IO::Socket::UNIX->new(Peer => "monitor.sock") or die "$!";
        $socket->autoflush(1);
        my $greeting = <$socket>;
        for my $command (q({"execute":"qmp_capabilities"}), @ARGV) {
            print $socket $command;
            while (my $line = <$socket>) {
                next if $line =~ /"event"/;
                print $line if $command !~ /qmp_capabilities/;
                last;
            }
        }' "$@"
}

# open_words: from here on what is written to the descriptor $words goes to the guest's port behind words.sock.
open_words() {
    exec {words}> >(perl -MIO::Socket::UNIX -e '
        my $socket = IO::Socket::UNIX->new(Peer => "words.sock") or die "$!";
        $socket->autoflush(1);
        while (my $line = <STDIN>) { print $socket $line; }')
}

# restless: the machine's threads that are never seen asleep, as those of an idle guest should be; a line each.
restless() {
    local thread name look fields
    for thread in /proc/"$(vmm)"/task/*; do
        read -r name <"$thread/comm"
        for look in {1..200}; do
            read -r fields <"$thread/stat"
            case $fields in *") S "*) continue 2 ;; esac
        done
        echo "$name"
    done
}

# vmm: the process of the machine that runs now.
vmm() {
    local file name
    for file in /proc/[0-9]*/comm; do
        read -r name 2>/dev/null <"$file" || continue
        if [ "$name" = apus-vmm ]; then echo "${file//[!0-9]/}"; fi
    done
}
