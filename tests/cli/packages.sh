#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Unknown packages are all named, with their lines and near names, before any package is downloaded.
. "$(dirname "$0")/common.sh"
. "$here/repository.sh"
need_roots
unset http_proxy https_proxy all_proxy

make_key good
make_repository site good
describe description good.asc base-files firts nothing-like-that
serve site
run --progress none --store "$work/store" build description --target-dir out \
    --mirror "test=http://127.0.0.1:$port"
expect_status 3
expect_stderr <<'END'
description/config.xml:17:20: error: no repository has a package 'firts' [E301]
  17 |     <package name="firts"/>
     |                    ^
  hint: did you mean first?
description/config.xml:18:20: error: no repository has a package 'nothing-like-that' [E301]
  18 |     <package name="nothing-like-that"/>
     |                    ^
END
[ ! -e out ] || fail "there is a result"
stop_server
! grep '/pool/' requests || fail "packages were downloaded"
