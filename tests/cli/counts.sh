# SPDX-License-Identifier: Apache-2.0
# What rebuilds do, counted: system calls, bytes and programs started don't depend on the machine's mood. The
# bounds are about twice what was counted when they were set; who needs more should know why.
. "$(dirname "$0")/common.sh"
need_installed_node
command -v strace >/dev/null || skip "strace is missing"

# count BUILD-OPTIONS...: the calls of all threads and programs in ./trace, one a line.
count() {
    rm -f trace.*
    strace --follow-forks --output-separately --quiet=all --signal=none --string-limit=0 --output=trace \
        "$IMGBUILD" --progress none --store "$store" build "$@" >stdout 2>stderr </dev/null ||
        { cat stderr >&2; fail "imgbuild failed"; }
    cat trace.* >trace
    rm -f trace.*
}

# at_most BOUND NUMBER WHAT
at_most() {
    echo "$3: $2, bound $1"
    [ "$2" -le "$1" ] || fail "$2 $3, more than $1"
}

calls() {
    grep -cE "^($1)\(" trace || true
}

# The bytes that calls of these names moved.
bytes() {
    awk -v pattern="^($1)\\\\(" '$0 ~ pattern && $NF > 0 { sum += $NF } END { print sum + 0 }' trace
}

readers='read|pread64|readv|preadv'
writers='write|pwrite64|writev|pwritev'
syncs='fsync|fdatasync|syncfs|sync'

node description
build description --target-dir out
expect_status 0

case_is "nothing changed"
count description --target-dir out
at_most 6000 "$(wc -l <trace)" "system calls"
at_most 2400000 "$(bytes "$readers")" "bytes read"
at_most 700000 "$(bytes "$writers")" "bytes written"
at_most 4 "$(calls execve)" "programs started"
at_most 10 "$(calls "$syncs")" "files synced"

case_is "config.sh changed"
echo ": $RANDOM$RANDOM" >>description/config.sh
count description --target-dir out
image=$(stat -c %s out/*.img.gz)
at_most 16000 "$(wc -l <trace)" "system calls"
at_most "$((2 * image))" "$(bytes "$readers")" "bytes read"
at_most "$((2 * image))" "$(bytes "$writers")" "bytes written"
at_most 20 "$(calls execve)" "programs started"
at_most 40 "$(calls "$syncs")" "files synced"
