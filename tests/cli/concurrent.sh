#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two builds of one description at the same time into one store: both succeed, with the same bytes.
. "$(dirname "$0")/common.sh"
. "$here/traces.sh"
need_installed_node

node description
script description/config.sh <<END
#!/bin/bash
echo $RANDOM$RANDOM >/etc/built
sleep 1
END
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
expect_no_traces

case_is "into one target directory"
echo "# again $RANDOM" >>description/config.sh
for number in 1 2; do
    "$IMGBUILD" --progress none --store "$store" build description --target-dir out \
        >"stdout$number" 2>"stderr$number" </dev/null &
    pids[number]=$!
done
for number in 1 2; do
    status=0
    wait "${pids[number]}" || status=$?
    [ "$status" -eq 0 ] || cat "stderr$number" >&2
    expect_status 0
done
field out/imgbuild.result.json '"\n".join(a["sha256"] + "  out/" + a["path"] for a in it["artifacts"])' |
    sha256sum --check --quiet || fail "the result is a mixture"
expect_no_traces
