#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Archives of a description that want out of the root, or are damaged.
. "$(dirname "$0")/common.sh"
need_installed_node

python3 - <<'END'
import io
import os
import tarfile

def tar(name, *members):
    with tarfile.open(name, "w:gz") as archive:
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))

def member(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, 0o644
    return info

tar("dotdot.tar.gz", (member("../outside"), b"x"))
tar("absolute.tar.gz", (member("/etc/absolute"), b"x"))
tar("link.tar.gz", (member("way", tarfile.SYMTYPE, "/tmp"), b""), (member("way/file"), b"x"))
tar("climb.tar.gz", (member("way", tarfile.SYMTYPE, "../../../../tmp"), b""), (member("way/file"), b"x"))
device = member("etc/node", tarfile.CHRTYPE)
device.devmajor, device.devminor = 1, 3
tar("device.tar.gz", (device, b""))
tar("whole.tar.gz", (member("opt/first"), b"x"), (member("opt/big"), os.urandom(1 << 20)))
with open("whole.tar.gz", "rb") as whole, open("cut.tar.gz", "wb") as cut:
    cut.write(whole.read()[:500000])
# One bit of the content, which gzip stores as it is, since it can't be made smaller.
with open("whole.tar.gz", "rb") as whole, open("flipped.tar.gz", "wb") as flipped:
    bytes_ = bytearray(whole.read())
    bytes_[600000] ^= 4
    flipped.write(bytes_)
with open("none.tar.gz", "wb") as none:
    none.write(b"not an archive at all" * 100)
END

# with_archive NAME: $work/description, with that archive in line 31.
with_archive() {
    case_is "$1"
    node description
    sed -i "s|<package name=\"kmod\"/>|&<archive name=\"$1\"/>|" description/config.xml
    [ ! -e "$1" ] || cp "$1" description/
}

# refused NAME MESSAGE [HINT]
refused() {
    with_archive "$1"
    build description --target-dir out
    expect_status 2
    sed -i '/^  | the whole log: /d' stderr
    {
        echo "description/config.xml:31:46: error: stage archives: description/$1: $2"
        [ $# -lt 3 ] || echo "  hint: $3"
    } | expect_stderr
    [ ! -e out ] || fail "there is a result"
}

refused dotdot.tar.gz "../outside: its name leads out of the root"
refused absolute.tar.gz "/etc/absolute: its name is absolute" \
    "names in an archive are relative to the root; tar -C DIRECTORY -c . makes them so"
refused link.tar.gz "way/file: it lies below the link way -> /tmp, which leads out of the root"
refused climb.tar.gz "way/file: it lies below the link way -> ../../../../tmp, which leads out of the root"
for name in outside file; do
    [ ! -e "/$name" ] && [ ! -e "/tmp/$name" ] || fail "an archive wrote to /$name or /tmp/$name"
done

with_archive missing.tar.gz
build description --target-dir out
expect_status 2
expect_stderr <<'END'
description/config.xml:31:46: error: there is no archive "missing.tar.gz" beside the description [E240]
  31 |         <package name="kmod"/><archive name="missing.tar.gz"/>
     |                                              ^~~~~~~~~~~~~~
  hint: it is looked for as description/missing.tar.gz
END

with_archive cut.tar.gz
build description --target-dir out
expect_status 2
sed -i '/^  | the whole log: /d' stderr
expect_stderr <<'END'
description/config.xml:31:46: error: stage archives: description/cut.tar.gz is damaged or cut short after its entry opt/first: the gzip stream is cut short
  hint: get or make it anew
END

with_archive flipped.tar.gz
build description --target-dir out
expect_status 2
sed -i '/^  | the whole log: /d' stderr
expect_stderr <<'END'
description/config.xml:31:46: error: stage archives: description/flipped.tar.gz is damaged or cut short after its entry opt/big: a checksum of the gzip stream is wrong
  hint: get or make it anew
END
[ ! -e out ] || fail "there is a result"

with_archive none.tar.gz
build description --target-dir out
expect_status 2
sed -i '/^  | the whole log: /d' stderr
expect_stderr <<'END'
description/config.xml:31:46: error: stage archives: description/none.tar.gz is no archive
  hint: tar, cpio and ar are read, plain or compressed by gzip, xz, zstd, bzip2 or lz4
END

case_is "root.tar.gz, damaged"
node description
cp cut.tar.gz description/root.tar.gz
build description --target-dir out
expect_status 2
sed -i '/^  | the whole log: /d' stderr
expect_stderr <<'END'
error: stage overlay: description/root.tar.gz is damaged or cut short after its entry opt/first: the gzip stream is cut short
  hint: get or make it anew
END
[ ! -e out ] || fail "there is a result"

# As root a description may bring devices; the host's stay as they are.
with_archive device.tar.gz
build description --target-dir out
expect_status 0
zcat out/*.img.gz | cpio --quiet -tv etc/node >listed
grep -q '^crw-r--r-- .* 1,  *3 .* etc/node$' listed ||
    fail "the device is not in the image"
