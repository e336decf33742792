# SPDX-License-Identifier: Apache-2.0
# What a run of imgbuild may leave behind: nothing but its store and results.
#
# Processes and mounts of other tests are not looked at: what belongs to this test is known by a word
# that the test puts into its environment, and by its directories.
export IMGBUILD_TEST_MARK="mark-$$-$RANDOM"

# Ids of living processes that inherited the mark, this shell's own tree left out.
marked_processes() {
    local entry pid
    for entry in /proc/[0-9]*/environ; do
        pid=${entry//[!0-9]/}
        [ "$pid" != $$ ] && [ "$pid" != "$BASHPID" ] || continue
        grep -qz "^IMGBUILD_TEST_MARK=$IMGBUILD_TEST_MARK\$" "$entry" 2>/dev/null || continue
        [ "$(readlink "/proc/$pid/exe" 2>/dev/null)" = "$(readlink -f "$IMGBUILD")" ] && echo "$pid" || true
    done
}

# Processes below a directory that is gone from the host's view, or whose root is in the store.
sandboxed_processes() {
    local root
    for root in /proc/[0-9]*/root; do
        case $(readlink "$root" 2>/dev/null) in
            "$store"/* | "$work"/*) echo "$root" ;;
        esac
    done
}

expect_no_traces() {
    local tries=40
    # What the kernel ends for us needs a moment; it is over when it is over, so this waits for it.
    while [ -n "$(marked_processes)$(sandboxed_processes)" ]; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "processes are left: $(marked_processes) $(sandboxed_processes)"
        sleep 0.25
    done
    if grep -F -e " $store" -e " $work" /proc/self/mountinfo; then
        fail "something is mounted on the host"
    fi
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

# kill_randomly TIMES LONGEST: each time with a script that is new to the store.
kill_randomly() {
    local i delay
    for ((i = 1; i <= $1; ++i)); do
        delay=$(awk -v seed="$RANDOM$RANDOM" -v longest="$2" 'BEGIN { srand(seed); printf "%.2f", rand() * longest }')
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
