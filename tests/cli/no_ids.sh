#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A user without subordinate ids: builds say what to set up, explain does without.
. "$(dirname "$0")/common.sh"
need_root
chmod a+rx "$work"

# as_user ARGUMENTS: imgbuild as such a user.
as_user() {
    status=0
    IMGBUILD_TEST_SUBIDS=no TMPDIR=/var/tmp "$IMGBUILD_SOURCES/tests/root/as-user.sh" "$IMGBUILD" --progress none \
        "$@" >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
    sed -i 's/imgbuild-test-[0-9]*/USER/g' stderr
}

case_is "build"
node description
chmod -R a+rX description
as_user build "$work/description" --target-dir out --store store
expect_status 2
expect_stderr <<'END'
error: /etc/subuid gives the user USER no subordinate ids
  hint: choose a range that is free in /etc/subuid and run as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER
END

case_is "explain"
as_user explain "$work/description" --store store
expect_status 0
expect_stderr </dev/null
grep -Eq '^install +[0-9a-f]{12} +to run: never built$' stdout || fail "there is no plan"

case_is "oci inspect"
python3 "$IMGBUILD_SOURCES/tests/support/make_image.py" "$work/image"
chmod -R a+rX "$work/image"
as_user oci inspect --store store "oci:$work/image:1"
expect_status 0
expect_stderr </dev/null
grep -qF "$(field image/index.json 'it["manifests"][0]["digest"]')" stdout || fail "its digest is not said"
