#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What enter_private_namespaces does for root and users, and what it says where something is missing.
set -eu

program=$1
as_user=$(dirname "$0")/as-user.sh
failures=0

# expect NAME PATTERN TEXT: each line of PATTERN is an extended regular expression.
expect() {
    echo "$2" | while read -r pattern; do
        if ! echo "$3" | grep -Eq "^ *$pattern\$"; then
            echo "$1: no line like: $pattern"
            echo "$3" | sed 's/^/    /'
            exit 1
        fi
    done || failures=$((failures + 1))
}

# The exit status tells that the test can't run here.
output=$("$as_user" "$program" 2>&1) || {
    status=$?
    [ $status = 77 ] && { echo "$output"; exit 77; }
    echo "$output"
}
expect "a user" 'mapping: user:[1-9][0-9]*
uid: 0 0 gid: 0 0
0 +[1-9][0-9]+ +1
1 +[0-9]+ +65536' "$output"

output=$("$program" 2>&1) || :
expect "root" 'mapping: host
0 +0 +4294967295' "$output"

output=$(IMGBUILD_TEST_SUBIDS=no "$as_user" "$program" 2>&1) || :
expect "no subordinate ids" \
    'error: /etc/subuid gives the user imgbuild-test-[0-9]+ no subordinate ids
hint: choose a range that is free in /etc/subuid and run as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 imgbuild-test-[0-9]+' \
    "$output"

output=$(IMGBUILD_TEST_SUBIDS=1000 "$as_user" "$program" 2>&1) || :
expect "few subordinate ids" \
    'error: /etc/subuid gives the user imgbuild-test-[0-9]+ only 1000 subordinate ids; an image needs 65534' \
    "$output"

output=$(IMGBUILD_TEST_PATH=/nowhere "$as_user" "$program" 2>&1) || :
expect "no newuidmap" \
    'error: building as an ordinary user needs newuidmap, which was not found
hint: install it: apt install uidmap; or run imgbuild as root' \
    "$output"

exit $((failures > 0))
