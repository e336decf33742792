#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A real node, built by root and by a fresh ordinary user with subordinate ids, each from an empty store:
# the same bytes. IMGBUILD and the others as tests/cli/common.sh says.
. "$(dirname "$0")/../cli/common.sh"
need_root

# The other user may not be able to read where all this lies.
place=$work/place
mkdir "$place"
cp "$IMGBUILD" "$place/imgbuild"
cp -r "$IMGBUILD_SOURCES/descriptions/debian-minimal" "$place/"
export PLACE=$place
cat >"$place/build" <<'END'
#!/bin/bash
set -eu
cd "$HOME"
"$PLACE/imgbuild" --progress none --store store build "$PLACE/debian-minimal" --target-dir out
sha256sum out/*.img.gz out/*.vmlinuz out/*.packages >"$PLACE/digests"
END
touch "$place/digests"
chmod 666 "$place/digests"
chmod 755 "$work" "$place/build"
chmod -R a+rX "$place"

TMPDIR=/var/tmp "$IMGBUILD_SOURCES/tests/root/as-user.sh" "$place/build"
run --progress none --store "$work/first" build "$place/debian-minimal" --target-dir out
expect_status 0
[ -s "$place/digests" ] || fail "the user's build gave nothing"
sha256sum --check --quiet "$place/digests" || fail "root and user build different nodes"
