#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The compute node of descriptions/ comes up: on the initramfs itself, on a tmpfs, and by the /init of an
# overlay, as Warewulf's system overlay has one. IMGBUILD and the others as tests/cli/common.sh says.
. "$(dirname "$0")/../cli/common.sh"
need_roots

build "$IMGBUILD_SOURCES/descriptions/debian-node" --target-dir out
expect_status 0
for root in initramfs tmpfs; do
    case_is "on $root"
    run boot out --root "$root" --wait-for "login: " --timeout 1200
    expect_status 0
    ! grep -a "FAILED\|No space left" stdout || fail "not all of it came up"
done

case_is "with too little memory"
run boot out --quiet --memory 1200 --wait-for "login: " --timeout 1200
expect_status 5
grep -x "error: the kernel could not unpack the whole image into 1.26 GB of memory" stderr >/dev/null ||
    fail "the reason is not told"

case_is "by the /init of an overlay"
mkdir -p overlay/warewulf
cat >overlay/init <<'END'
#!/bin/sh
mountpoint -q /proc || mount -t proc proc /proc
mountpoint -q /dev || mount -t devtmpfs devtmpfs /dev
mkdir /newroot
mount -t tmpfs root /newroot
tar -cf - --exclude ./proc --exclude ./sys --exclude ./dev --exclude ./newroot -C / . | tar -xf - -C /newroot
mkdir /newroot/proc /newroot/sys /newroot/dev
exec switch_root /newroot /warewulf/scripts
END
cat >overlay/warewulf/scripts <<'END'
#!/bin/sh
echo node-of-the-overlay >/etc/hostname
exec /sbin/init
END
chmod 755 overlay/init overlay/warewulf/scripts
(cd overlay && find . | cpio --quiet -o -H newc -R 0:0 | gzip) >overlay.img.gz
run boot out --overlay overlay.img.gz --wait-for "node-of-the-overlay login: " --timeout 1200
expect_status 0
