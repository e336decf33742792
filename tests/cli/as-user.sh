#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs tests of the command line as a fresh ordinary user with subordinate ids, one after the other with one
# store: as-user.sh SCRIPT…. Environment as for the tests themselves.
set -eu
: "${IMGBUILD:?}" "${IMGBUILD_HTTP_SERVER:?}" "${IMGBUILD_SOURCES:?}"

# The other user may not be able to read the places where all this lies.
place=$(mktemp -d "${TMPDIR:-/var/tmp}/imgbuild-user.XXXXXX")
leave() {
    rm -rf --one-file-system "$place"
}
trap leave EXIT
mkdir -p "$place/sources/descriptions" "$place/sources/tests"
cp "$IMGBUILD" "$place/imgbuild"
cp "$IMGBUILD_HTTP_SERVER" "$place/http-server"
cp -r "$IMGBUILD_SOURCES/tests/cli" "$IMGBUILD_SOURCES/tests/data" "$place/sources/tests/"
cp -r "$IMGBUILD_SOURCES/tests/support" "$place/sources/tests/"
cp -r "$IMGBUILD_SOURCES/descriptions/debian-minimal" "$place/sources/descriptions/"
cat >"$place/run" <<'END'
#!/bin/bash
set -eu
export TMPDIR=$HOME IMGBUILD_TEST_STORE=$HOME/store
for script in "$@"; do
    echo "= $script"
    bash "$IMGBUILD_SOURCES/tests/cli/$script.sh"
done
END
chmod 755 "$place/run"
chmod -R a+rX "$place"
export IMGBUILD=$place/imgbuild IMGBUILD_HTTP_SERVER=$place/http-server
sources=$IMGBUILD_SOURCES
export IMGBUILD_SOURCES=$place/sources
TMPDIR=/var/tmp "$sources/tests/root/as-user.sh" "$place/run" "$@"
