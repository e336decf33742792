#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two first builds at the same time into one empty store: both succeed, with the same bytes. IMGBUILD and
# the others as tests/cli/common.sh says.
. "$(dirname "$0")/../cli/common.sh"
. "$here/traces.sh"
need_root

node description
store=$work/empty
mkdir "$store"
for number in 1 2; do
    "$IMGBUILD" --progress none --store "$store" build description --target-dir "out$number" \
        >"stdout$number" 2>"stderr$number" </dev/null &
    pids[number]=$!
done
for number in 1 2; do
    status=0
    wait "${pids[number]}" || status=$?
    [ "$status" -eq 0 ] || cat "stderr$number" >&2
    expect_status 0
done
for file in out1/*.img.gz out1/*.vmlinuz out1/*.packages out1/resolution.json; do
    cmp "$file" "out2/${file#out1/}" || fail "$file differs"
done
run --store "$store" cache verify
expect_status 0
[ -z "$(ls "$store/work")" ] || fail "left: $(ls "$store/work")"
expect_no_traces
