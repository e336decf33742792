#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# umoci unpacks the same layers to the same tree; docs/containers.md says why it is not so here and there.
. "$(dirname "$0")/common.sh"
need_root
command -v umoci >/dev/null || skip "umoci is missing"

case_is "where imgbuild and umoci differ"
python3 "$IMGBUILD_SOURCES/tests/support/compare_unpacking.py" "$IMGBUILD" >differences
diff -u - differences <<'END'
directories that are missing: '.': time
directories that are missing: 'p': time
directories that are missing: 'p/q': time
below a file: umoci refuses
a hard link to what comes: both refuse
attributes of overlays: 'f': attributes
bookkeeping: '.': time
bookkeeping: '.wh..wh.plnk': only umoci has it
bookkeeping: '.wh..wh.plnk/1': only umoci has it
END
