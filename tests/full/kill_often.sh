#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Killed at twenty random moments; tests/cli/kill.sh does it three times. IMGBUILD and the others as
# tests/cli/common.sh says.
. "$(dirname "$0")/../cli/common.sh"
. "$here/traces.sh"
need_installed_node

# Scripts and packing.
kill_randomly 14 8

# Fetching and installing, too: the store is empty at first, and grows by what each killed build left.
node description
shared=$store
store=$work/first-store
for ((i = 1; i <= 6; ++i)); do
    delay=$(moment 0 26)
    case_is "a first build, killed after $delay s"
    kill_at "$delay" description
    expect_nothing_at_work
    run --store "$store" cache verify
    expect_status 0
    expect_stdout <<'END'
everything in the store is as it should be
END
done
case_is "the first build that is left alone"
build description --target-dir out
expect_status 0
expect_no_traces
[ -z "$(ls "$store/work")" ] || fail "left: $(ls "$store/work")"
field out/imgbuild.result.json '"\n".join(a["sha256"] + "  out/" + a["path"] for a in it["artifacts"])' |
    sha256sum --check --quiet || fail "the result is damaged"
store=$shared
build description --target-dir same
expect_status 0
cmp out/*.img.gz same/*.img.gz || fail "another image than that of a store without kills"
