#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a program as an ordinary user who exists only for that, with subordinate ids
# (IMGBUILD_TEST_SUBIDS: how many, or no) and, if wanted, another PATH (IMGBUILD_TEST_PATH).
set -eu

skip() {
    echo "skipped: $1"
    [ "${IMGBUILD_MUST_RUN:-}" = 1 ] && exit 1
    exit 77
}

[ "$(id -u)" = 0 ] || skip "making a user takes root"
for program in flock useradd userdel newuidmap setpriv; do
    command -v "$program" >/dev/null || skip "$program is missing"
done

user=imgbuild-test-$$
home=$(mktemp -d)
clean_up() {
    userdel "$user" 2>/dev/null || :
    rm -rf "$home"
}
trap clean_up EXIT INT TERM

# Several tests make their users at once; the tools of the system give up when they wait too long.
exec 9</etc
flock 9
# Enough for every id of an image, far from what the system gives to its real users.
first=$((2000000000 + ($$ % 1000) * 65536))
useradd --home-dir "$home" --no-create-home --shell /bin/sh "$user"
chown "$user" "$home"
usermod --del-subuids 0-4294967294 --del-subgids 0-4294967294 "$user" 2>/dev/null || :
count=${IMGBUILD_TEST_SUBIDS:-65536}
if [ "$count" != no ]; then
    last=$((first + count - 1))
    usermod --add-subuids "$first-$last" --add-subgids "$first-$last" "$user"
fi
flock -u 9
exec 9>&-

# The program may lie where that user can't get to.
cp "$1" "$home/program"
if [ -n "${IMGBUILD_PROBE:-}" ]; then
    cp "$IMGBUILD_PROBE" "$home/probe"
    export IMGBUILD_PROBE="$home/probe"
fi
chmod -R a+rX "$home"
shift
cd "$home"
env HOME="$home" TMPDIR="$home" USER="$user" \
    setpriv --reuid "$user" --regid "$user" --init-groups --inh-caps -all --bounding-set -sys_resource \
    /usr/bin/env PATH="${IMGBUILD_TEST_PATH:-$PATH}" "$home/program" "$@"
