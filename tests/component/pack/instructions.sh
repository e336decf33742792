#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Instructions that packing a fixed input takes, counted by callgrind: they don't depend on the machine's mood. Its
# processor is always the same one, with AVX2. The bounds are what was counted when they were set and a quarter more;
# who needs more should know why.
#
#     instructions.sh PACK_COUNTED
set -eu -o pipefail

if ! command -v valgrind >/dev/null; then
    echo "skipped: valgrind is missing" >&2
    [ "${IMGBUILD_MUST_RUN-}" != 1 ] || exit 1
    exit 77
fi
pack_counted=$1
work=$(mktemp -d "${TMPDIR:-/var/tmp}/imgbuild-instructions.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT

# counted COMPRESSION TIMES: millions of instructions.
counted() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$pack_counted" "$@" >"$work/out" 2>"$work/log" || {
        cat "$work/log" >&2
        exit 1
    }
    awk '$2 == "Collected" { print int($4 / 1e6); found = 1 } END { exit !found }' "$work/log"
}

# at_most 62 NUMBER WHAT
at_most() {
    echo "$3: $2 million instructions, bound $1"
    [ "$2" -le "$1" ] || {
        echo "FAILED: $3 takes $2 million instructions, more than $1" >&2
        exit 1
    }
}

# Making the input.
nothing=$(counted none 0)
for level in fast:270 default:505 small:600; do
    name=${level%:*}
    once=$(counted "$name" 1)
    at_most "${level#*:}" "$((once - nothing))" "packing at level $name"
done
twice=$(counted small 2)
grep -q '[1-9][0-9]* of \([1-9][0-9]*\) chunks found' "$work/out"
at_most 62 "$((twice - once))" "packing what is in the store"
