#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The compute node of descriptions/ comes up, on the initramfs itself and on a tmpfs. IMGBUILD and the others
# as tests/cli/common.sh says.
. "$(dirname "$0")/../cli/common.sh"
need_roots

build "$IMGBUILD_SOURCES/descriptions/debian-node" --target-dir out
expect_status 0
for root in initramfs tmpfs; do
    case_is "on $root"
    run boot out --root "$root" --wait-for "login: " --timeout 1200
    expect_status 0
done
