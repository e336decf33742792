# SPDX-License-Identifier: Apache-2.0
# The page of `image size --html`, in a browser.
. "$(dirname "$0")/image_common.sh"
need_roots
command -v chromium >/dev/null || skip "chromium is missing"

mkdir -p source/{bin,usr/{lib/modules,share/doc/a,bin},'strange <script>&"'}
tiny_root source
head -c 9000000 /dev/zero >source/usr/lib/modules/large
head -c 3000000 /dev/zero >source/usr/share/doc/a/text
head -c 200000 /dev/zero >source/usr/bin/program
head -c 2500000 /dev/zero >'source/strange <script>&"/<b>bold'
long=source/long-$(printf '%0.sx' {1..240})
mkdir "$long"
head -c 400000 /dev/zero >"$long/file"
image import "$work/source" node
expect_status 0

case_is "a person can click through the map"
image size node --html size.html
expect_status 0
expect_stdout <<'END'
size.html
END
! grep -qE '(src|href)=|https?:' size.html || fail "the page needs something from elsewhere"
HOME=$work timeout 300 python3 "$IMGBUILD_SOURCES/tests/support/click_through.py" size.html ${IMGBUILD_SCREENSHOT:+"$IMGBUILD_SCREENSHOT"} ||
    fail "the page does not do what it should"
