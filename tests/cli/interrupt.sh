#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C ends a build with 130, within two seconds, and leaves nothing behind.
. "$(dirname "$0")/common.sh"
. "$here/traces.sh"
need_installed_node

# stopped SIGNAL: while config.sh sleeps and a daemon of it, too.
stopped() {
    case_is "$1"
    node description
    script description/config.sh <<END
#!/bin/bash
echo $RANDOM$RANDOM
setsid sleep 600 &
echo the script runs
sleep 600
END
    # In the background a shell lets SIGINT be ignored; env sets it back.
    env --default-signal=INT "$IMGBUILD" --progress plain --log-level debug --store "$store" build description \
        --target-dir out >stdout 2>stderr </dev/null &
    local pid=$! seconds
    until grep -q 'the script runs' stdout stderr; do
        kill -0 "$pid" 2>/dev/null || fail "the build ended by itself"
        sleep 0.1
    done
    kill "-$1" "$pid"
    SECONDS=0
    status=0
    wait "$pid" || status=$?
    seconds=$SECONDS
    expect_status 130
    # Two seconds are promised; more than ten are no slow machine.
    [ "$seconds" -le 10 ] || fail "it took $seconds s"
    expect_no_traces
    [ ! -e out ] || fail "there is a result"
    grep -q 'interrupted' stderr || fail "nothing says that it was interrupted"
}

stopped INT
stopped TERM

case_is "while a server says nothing"
. "$here/repository.sh"
unset http_proxy https_proxy all_proxy
make_key good
make_repository site good
describe small good.asc base-files first
serve site --fault '/pool/first.deb:after=1000,ending=stall'
env --default-signal=INT "$IMGBUILD" --progress none --store "$work/own-store" build small --target-dir out \
    --mirror "test=http://127.0.0.1:$port" >stdout 2>stderr </dev/null &
pid=$!
until compgen -G "own-store/work/*" >/dev/null && [ "$(find own-store/work -size +0 | wc -l)" -gt 0 ]; do
    kill -0 "$pid" 2>/dev/null || fail "the build ended by itself"
    sleep 0.1
done
kill -INT "$pid"
status=0
wait "$pid" || status=$?
expect_status 130
expect_no_traces
