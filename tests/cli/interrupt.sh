#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C at any moment ends a build with 130, within two seconds, and leaves nothing behind: no process, no
# mount, the former result as it was, and a store that the next build can use.
. "$(dirname "$0")/common.sh"
. "$here/traces.sh"
need_installed_node

# start ARGUMENTS: `imgbuild build` in the background, as from a terminal; $pid, ./stdout, ./stderr.
start() {
    # Now, not when the other process gets to it: what the last build said must not be taken for this one's.
    : >stdout
    : >stderr
    # In the background a shell lets SIGINT be ignored; env sets it back.
    env --default-signal=INT "$IMGBUILD" --progress plain --log-level debug build "$@" >stdout 2>stderr </dev/null &
    pid=$!
}

# wait_for COMMAND: until it succeeds; the build must still be running.
wait_for() {
    until "$@"; do
        kill -0 "$pid" 2>/dev/null || fail "the build ended by itself"
        sleep 0.05
    done
}

says() {
    grep -q -- "$1" stdout stderr
}

# stop_by SIGNAL: ends what was started, and looks at what is left.
stop_by() {
    local before
    before=$(date +%s%N)
    kill "-$1" "$pid"
    status=0
    wait "$pid" || status=$?
    local milliseconds=$((($(date +%s%N) - before) / 1000000))
    echo "  ended after $milliseconds ms"
    expect_status 130
    # Two seconds are promised; more than ten are no slow machine.
    [ "$milliseconds" -le 10000 ] || fail "it took $milliseconds ms"
    expect_no_traces
    grep -q 'imgbuild: interrupted' stderr || fail "nothing says that it was interrupted"
    ! grep 'failed' stderr || fail "stopping is no failure"
}

# expect_stage TITLE: it says that it was stopped.
expect_stage() {
    grep -q "^$1: stopped after " stderr || fail "the stage \"$1\" does not say that it was stopped"
}

contents() {
    (cd "$1" && sha256sum -- *)
}

case_is "a former result"
node description
build description --target-dir out
expect_status 0
contents out >former

for signal in INT TERM; do
    case_is "$signal while config.sh runs"
    node description
    script description/config.sh <<END
#!/bin/bash
echo $RANDOM$RANDOM
setsid sleep 600 &
echo the script runs
sleep 600
END
    start description --target-dir out --store "$store"
    wait_for says 'the script runs'
    stop_by "$signal"
    expect_stage 'running config.sh'
    contents out | diff former - || fail "the former result changed"
done

case_is "INT while packages are installed"
# A store with the packages, but without the root they make.
mkdir -m 700 packages
for part in format blobs records; do
    cp -al "$store/$part" packages/ 2>/dev/null || cp -a "$store/$part" packages/
done
node description
start description --target-dir out --store "$work/packages"
wait_for says '| Unpacking '
stop_by INT
expect_stage 'installing [0-9]* packages'
contents out | diff former - || fail "the former result changed"
[ -n "$(find packages/work -path '*/upper/var')" ] || fail "the unfinished root was removed first"

case_is "the next process that opens the store removes what was left"
run --store "$work/packages" cache list
expect_status 0
[ -z "$(ls packages/work)" ] || fail "left: $(ls packages/work)"

case_is "INT while the image is packed"
node description
script description/config.sh <<'END'
#!/bin/bash
head -c 150000000 /dev/urandom >/opt/data
END
start description --target-dir out --store "$store" --compression small
wait_for says '^packing the image'
stop_by INT
expect_stage 'packing the image'
contents out | diff former - || fail "the former result changed"

case_is "INT a second time"
node description
script description/config.sh <<END
#!/bin/bash
echo $RANDOM$RANDOM
echo the script runs
sleep 600
END
start description --target-dir out --store "$store"
wait_for says 'the script runs'
kill -INT "$pid"
kill -INT "$pid" 2>/dev/null || true
status=0
wait "$pid" || status=$?
expect_status 130
expect_no_traces
contents out | diff former - || fail "the former result changed"

case_is "the next build"
node description
build description --target-dir again
expect_status 0
cmp out/*.img.gz again/*.img.gz || fail "the result is another one"
run --store "$store" cache verify
expect_status 0

. "$here/repository.sh"
unset http_proxy https_proxy all_proxy
make_key good
make_repository site good
describe small good.asc base-files first
index=/dists/stable/main/binary-$(dpkg --print-architecture)/Packages

# stopped_at FAULT CONDITION STAGE: while a server says nothing, once the condition holds.
stopped_at() {
    serve site --fault "$1"
    start small --target-dir small-out --store "$work/own-store" --mirror "test=http://127.0.0.1:$port"
    wait_for eval "$2"
    # The request comes a moment later; wherever the build is by then, it has to stop.
    sleep 0.3
    stop_by INT
    [ ! -e small-out ] || fail "there is a result"
    expect_stage "$3"
    stop_server
}

case_is "INT while the signed index comes"
stopped_at '/dists/stable/InRelease:after=100,ending=stall' "says 'resolving packages'" 'resolving packages'

case_is "INT while the package index comes"
stopped_at "$index:after=100,ending=stall" 'says "resolving packages"' 'resolving packages'

case_is "INT while packages come"
digest=$(sha256sum site/pool/base-files.deb | cut -d' ' -f1)
stopped_at '/pool/first.deb:after=1000,ending=stall' '[ -e "own-store/blobs/sha256/${digest:0:2}/$digest" ]' \
    'fetching 2 packages'

case_is "what was fetched completely is not fetched again"
serve site
run --progress none --store "$work/own-store" build small --target-dir small-out --mirror "test=http://127.0.0.1:$port"
stop_server
[ "$status" -ne 3 ] && [ "$status" -ne 75 ] || fail "the packages can't be fetched any more"
! grep -q 'base-files.deb' requests || fail "base-files was fetched twice"
