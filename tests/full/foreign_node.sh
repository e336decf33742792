#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A node of another architecture is built by emulation, and comes up. IMGBUILD and the others as
# tests/cli/common.sh says.
. "$(dirname "$0")/../cli/common.sh"
need_roots
case $(uname -m) in
    x86_64) foreign=aarch64 ;;
    *) skip "only tried on x86_64" ;;
esac
[ -e "/proc/sys/fs/binfmt_misc/qemu-$foreign" ] ||
    skip "programs of $foreign do not run here: install qemu-user-static and binfmt-support"

build "$IMGBUILD_SOURCES/descriptions/debian-minimal" --target-arch "$foreign" --target-dir out
expect_status 0
ls out/debian-minimal."$foreign"-*.img.gz >/dev/null || fail "no image of that architecture"
run boot out --wait-for "login: " --timeout 1200
expect_status 0
