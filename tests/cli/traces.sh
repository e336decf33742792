# SPDX-License-Identifier: Apache-2.0
# What a run of imgbuild may leave behind: nothing but its store and results.
#
# Processes and mounts of other tests are not looked at: what belongs to this test is known by a word
# that the test puts into its environment, and by its directories.
export IMGBUILD_TEST_MARK="mark-$$-$RANDOM"

# Living processes that the program left: of the program itself with this test's mark, or with a root in the
# store or in the test's directory. One process looks at all, since a busy machine has many.
left_processes() {
    python3 - "$(readlink -f "$IMGBUILD")" "IMGBUILD_TEST_MARK=$IMGBUILD_TEST_MARK" "$store/" "$work/" <<'END'
import os
import sys

program, mark, *places = sys.argv[1:]
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if os.readlink(f"/proc/{pid}/root").startswith(tuple(places)):
            print(pid)
        elif os.readlink(f"/proc/{pid}/exe") == program:
            with open(f"/proc/{pid}/environ", "rb") as environment:
                if mark.encode() in environment.read().split(b"\0"):
                    print(pid)
    except OSError:
        pass  # It ended, or is the kernel's.
END
}

# No process and no mount; what a build was killed over may still lie beside the target directory.
expect_nothing_at_work() {
    local tries=40 left
    # What the kernel ends for us needs a moment; it is over when it is over, so this waits for it.
    while left=$(left_processes) && [ -n "$left" ]; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "processes are left: $left"
        sleep 0.25
    done
    if grep -F -e " $store" -e " $work" /proc/self/mountinfo; then
        fail "something is mounted on the host"
    fi
}

expect_no_traces() {
    expect_nothing_at_work
    # shellcheck disable=SC2144 # one pattern, tried as a whole
    if compgen -G "$work/out*.imgbuild-*" >/dev/null; then
        fail "an unfinished result is left: $(echo "$work"/out*.imgbuild-*)"
    fi
}

# kill_at SECONDS DESCRIPTION: starts a build and ends it by SIGKILL after that time, unless it is done.
kill_at() {
    "$IMGBUILD" --progress none --store "$store" build "$2" --target-dir out >"$work/stdout" 2>"$work/stderr" \
        </dev/null &
    local pid=$!
    sleep "$1"
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

# moment SHORTEST LONGEST: a random number of seconds between the two. Not by awk, whose mawk takes seeds of
# ten digits for one and the same.
moment() {
    local milliseconds=$(($1 * 1000 + (RANDOM * 32768 + RANDOM) % (($2 - $1) * 1000)))
    printf '%d.%03d' $((milliseconds / 1000)) $((milliseconds % 1000))
}

# kill_randomly TIMES LONGEST: each time with a script that is new to the store.
kill_randomly() {
    local i delay
    for ((i = 1; i <= $1; ++i)); do
        delay=$(moment 0 "$2")
        case_is "killed after $delay s"
        node description
        printf '#!/bin/bash\nhead -c 3000000 /dev/urandom >/opt/data\necho %s >/opt/word\nsleep 0.5\n' "$RANDOM$RANDOM" \
            >description/config.sh
        kill_at "$delay" description
        build description --target-dir out
        expect_status 0
        run --store "$store" cache verify
        expect_status 0
        expect_stdout <<'END'
everything in the store is as it should be
END
        expect_no_traces
        field out/imgbuild.result.json '"\n".join(a["sha256"] + "  out/" + a["path"] for a in it["artifacts"])' |
            sha256sum --check --quiet || fail "the result is damaged"
    done
}
