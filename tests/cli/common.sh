# SPDX-License-Identifier: Apache-2.0
# Read by every test of the command line: `. "$(dirname "$0")/common.sh"`. Environment from meson:
# IMGBUILD (the program), IMGBUILD_HTTP_SERVER (the server that misbehaves), IMGBUILD_SOURCES (the
# repository) and IMGBUILD_TEST_STORE (the store all tests share, so that packages are installed once).
# Each test has a directory of its own, $work, and starts there.
set -eu -o pipefail

: "${IMGBUILD:?}" "${IMGBUILD_HTTP_SERVER:?}" "${IMGBUILD_SOURCES:?}" "${IMGBUILD_TEST_STORE:?}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
store=$IMGBUILD_TEST_STORE
work=$(mktemp -d "${TMPDIR:-/var/tmp}/imgbuild-cli.XXXXXX")
case_name=
status=0

# Nothing of the caller's: no login files, no colours, messages in English.
export HOME=$work/home LC_ALL=C.UTF-8
unset NO_COLOR XDG_CACHE_HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR NETRC
mkdir -p "$HOME" "$store"
cd "$work"

# Processes the test started and has not waited for.
servers=()

leave() {
    local code=$?
    trap - EXIT
    local pid
    for pid in "${servers[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    if [ "$code" -ne 0 ] && [ "$code" -ne 77 ] && [ -f "$work/stderr" ]; then
        echo "--- the last run's stdout and stderr ($case_name)" >&2
        tail -n 40 "$work/stdout" "$work/stderr" >&2
    fi
    cd /
    rm -rf --one-file-system "$work"
    exit "$code"
}
trap leave EXIT

fail() {
    echo "FAILED: ${case_name:+$case_name: }$*" >&2
    exit 1
}

# Ends the test as skipped, which CI does not accept.
skip() {
    echo "skipped: $*" >&2
    [ "${IMGBUILD_MUST_RUN-}" != 1 ] || exit 1
    exit 77
}

need_root() {
    [ "$(id -u)" = 0 ] || skip "this test has to be run as root"
}

# Roots of images can be made: by root, or by a user with subordinate ids.
need_roots() {
    [ "$(id -u)" = 0 ] || grep -q "^$(id -un):" /etc/subuid || skip "this user has no subordinate ids"
}

# What the next checks are about; named when one fails.
case_is() {
    case_name=$*
    echo "- $*"
}

# run ARGUMENTS: runs imgbuild; $status, $work/stdout and $work/stderr are what came of it.
run() {
    status=0
    "$IMGBUILD" "$@" >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
}

# build ARGUMENTS: `imgbuild build` with the shared store, without progress.
build() {
    run --progress none --store "$store" build "$@"
}

# Bytes on standard input with what differs from run to run made equal.
normalised() {
    sed -e "s|$store|STORE|g" -e "s|$work|WORK|g" -e 's|127\.0\.0\.1:[0-9]\+|SERVER|g'
}

expect_status() {
    [ "$status" -eq "$1" ] || fail "exit code $status, not $1"
}

# expect_stderr <<'END': standard error is exactly this.
expect_stderr() {
    cat >"$work/wanted"
    normalised <"$work/stderr" >"$work/found"
    diff -u "$work/wanted" "$work/found" || fail "standard error is another one"
}

expect_stdout() {
    cat >"$work/wanted"
    normalised <"$work/stdout" >"$work/found"
    diff -u "$work/wanted" "$work/found" || fail "standard output is another one"
}

# expect_line FILE TEXT: the file has exactly this line.
expect_line() {
    normalised <"$1" | grep -xF -- "$2" >"$work/matches" || fail "$1 lacks the line: $2"
}

# node DIRECTORY: a fresh copy of the description all tests build.
node() {
    rm -rf "$1"
    cp -r "$IMGBUILD_SOURCES/tests/data/cli/node" "$1"
    cp "$IMGBUILD_SOURCES/descriptions/debian-minimal/debian-archive-bookworm.asc" "$1/"
    chmod 755 "$1/config.sh"
}

# script FILE: standard input as an executable script.
script() {
    cat >"$1"
    chmod 755 "$1"
}

# Needs the packages of node(); they are fetched and installed by the first test that asks.
need_installed_node() {
    need_roots
    (
        flock 9
        node "$work/first"
        "$IMGBUILD" --progress none --store "$store" build "$work/first" --target-dir "$work/first-out" \
            >"$work/stdout" 2>"$work/stderr" </dev/null
    ) 9>"$store.lock" || fail "the description all tests share can't be built"
    rm -rf "$work/first"
}

# serve DIRECTORY [OPTIONS OF THE SERVER]: $port answers until the end of the test, or stop_server.
serve() {
    local directory=$1
    shift
    rm -f "$work/port"
    "$IMGBUILD_HTTP_SERVER" --directory "$directory" --port-file "$work/port" --log-file "$work/requests" \
        "$@" &
    servers+=($!)
    until [ -s "$work/port" ]; do
        kill -0 "${servers[-1]}" || fail "the server does not start"
        sleep 0.05
    done
    port=$(cat "$work/port")
}

# Ends the server that was started last; $work/requests then has what it was asked for.
stop_server() {
    kill "${servers[-1]}"
    wait "${servers[-1]}" || true
    unset 'servers[-1]'
}

# field FILE EXPRESSION: a value of a JSON file, by a Python expression over `it`.
field() {
    python3 -c 'import json, sys; it = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"
}
