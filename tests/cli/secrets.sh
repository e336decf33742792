#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A secret is there for the script, and nowhere else: in no layer, key, log or result.
. "$(dirname "$0")/common.sh"
need_installed_node

secret="sesame-$RANDOM$RANDOM$RANDOM"
printf '%s\n' "$secret" >token
node description
script description/config.sh <<END
#!/bin/bash
set -e
echo "$RANDOM$RANDOM"
[ "\$(cat /run/secrets/site-token)" = "\$(sed s/x//g <<<"${secret/-/x-x}")" ]
sha256sum /run/secrets/site-token | cut -c 1-12 >/etc/token-digest
END
build description --target-dir out --secret "site-token=$work/token" --log-level debug
expect_status 0
base=out/cli-node.$(uname -m)-1.0.0
zcat "$base.img.gz" >image
! grep -qF "$secret" image || fail "the secret is in the image"
cpio --quiet -t <image >names
expect_line names etc/token-digest
! grep -x 'run/.*' names || fail "the image has something in /run"
! grep -rqF "$secret" out stdout stderr || fail "the secret is in the result or in what was said"
! grep -rlF "$secret" "$store" || fail "the secret is in the store"

case_is "a secret that is not there"
build description --target-dir out --secret "site-token=$work/none"
expect_status 2
