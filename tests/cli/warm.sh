#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `imgbuild cache warm`: images are the same with and without it, other levels take nothing of it, and what was
# made before it was stopped stays.
. "$(dirname "$0")/common.sh"
need_installed_node

# own NAME: a store of this test's own with the packages and roots of the shared one, without any chunk, and with
# no record of what was built.
own() {
    mkdir -m 700 "$1"
    local part
    for part in format blobs layers records; do
        cp -al "$store/$part" "$1/" 2>/dev/null || cp -a "$store/$part" "$1/"
    done
    rm -rf "$1/records/root" "$1/records/last-root"
}

# build_in STORE OPTIONS
build_in() {
    run --progress none --store "$1" build description "${@:2}"
    expect_status 0
}

# chunks STORE: how many it has.
chunks() {
    find "$1/chunks" -type f 2>/dev/null | wc -l
}

# The summary of the last run: how many chunks, how many of them new.
warmed() {
    sed -nE 's/^cli-node 1\.0\.0 [a-z0-9_]+: ([0-9]+) chunks for small, ([0-9]+) of them new \(.*\)$/\1 \2/p' stdout
}

case_is "nothing was built"
run --store "$work/none" cache warm
expect_status 0
expect_stdout <<'END'
nothing in the store was built yet
END
node description
own "$work/warm"
run --store "$work/warm" cache warm description
expect_status 2
expect_stdout </dev/null
expect_stderr <<'END'
error: the root that description was built to is not in the store
  hint: build it first, with the same --store and --profile
END

case_is "without warming"
own "$work/cold"
build_in "$work/cold" --target-dir cold-default --compression default
build_in "$work/cold" --target-dir cold-small --compression small

case_is "stopped, it keeps what it made"
build_in "$work/warm" --target-dir fast --compression fast
before=$(chunks warm)
env --default-signal=INT "$IMGBUILD" --progress none --jobs 1 --store "$work/warm" cache warm --full-speed description \
    >stdout 2>stderr </dev/null &
pid=$!
until [ "$(chunks warm)" -gt "$before" ]; do
    kill -0 "$pid" 2>/dev/null || fail "it ended by itself"
    sleep 0.02
done
kill -INT "$pid"
status=0
wait "$pid" || status=$?
expect_status 130
kept=$(($(chunks warm) - before))
echo "  $kept chunks kept"

case_is "the rest"
run --progress none --store "$work/warm" cache warm --full-speed description
expect_status 0
read -r all new < <(warmed) || fail "no summary"
[ "$new" -gt 0 ] && [ "$new" -eq "$((all - kept))" ] || fail "$new of $all new, $kept were there"
[ "$(chunks warm)" -eq "$((before + all))" ] || fail "the store has $(chunks warm) chunks, not $((before + all))"
for what in "" description fast; do
    # shellcheck disable=SC2086 # none is no argument
    run --progress none --store "$work/warm" cache warm --full-speed $what
    expect_status 0
    [ "$(warmed)" = "$all 0" ] || fail "warm '$what': $(cat stdout)"
done

case_is "a warmed image has nothing left to compress, and the same bytes"
build_in "$work/warm" --target-dir warm-small --compression small
cmp cold-small/*.img.gz warm-small/*.img.gz || fail "the image is another one"
[ "$(chunks warm)" -eq "$((before + all))" ] || fail "packing made chunks"

case_is "the default level takes nothing of it"
build_in "$work/warm" --target-dir warm-default --compression default
cmp cold-default/*.img.gz warm-default/*.img.gz || fail "the image is another one"
[ "$(chunks warm)" -eq "$((before + 2 * all))" ] || fail "chunks of another level were taken"
! cmp -s warm-default/*.img.gz warm-small/*.img.gz || fail "both levels give the same"
