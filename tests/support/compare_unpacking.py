#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare_unpacking.py IMGBUILD: unpacks small images in which layers are special in one way each by imgbuild and
by umoci, in the working directory, and prints where the trees differ."""

import io
import os
import shutil
import subprocess
import sys
import tarfile

from make_image import write_image

TIME = 1600000000
CAPABILITY = "\x01\x00\x00\x02\x00\x20" + 14 * "\x00"


def layer(*entries):
    """A tar archive of (name, type, content or target, attributes)."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, kind, content, attributes in entries:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.mtime = TIME
            info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
            for key, value in attributes.items():
                setattr(info, key, value)
            if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                info.linkname = content
            elif content:
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content) if info.size else None)
    return stream.getvalue()


def file(name, content=b"x", **attributes):
    return name, tarfile.REGTYPE, content, attributes


def directory(name, **attributes):
    return name, tarfile.DIRTYPE, None, attributes


def link(name, target, **attributes):
    return name, tarfile.SYMTYPE, target, attributes


def hard(name, target):
    return name, tarfile.LNKTYPE, target, {}


def xattr(**values):
    return {"SCHILY.xattr." + key.replace("__", "."): value for key, value in values.items()}


CASES = {
    "whiteouts": [
        layer(directory("a"), file("a/1"), file("a/2"), directory("b"), file("b/1")),
        layer(file("a/.wh.1", b""), file("b/.wh..wh..opq", b""), file("b/2"))],
    "twice": [layer(file("f", b"1"), file("f", b"2"))],
    "added, then hidden": [layer(file("f", b"1")), layer(file("f", b"2"), file(".wh.f", b""))],
    "hidden, then added": [layer(file("f", b"1")), layer(file(".wh.f", b""), file("f", b"2"))],
    "added, then opaque": [
        layer(directory("d"), file("d/old")), layer(directory("d"), file("d/new"), file("d/.wh..wh..opq", b""))],
    "through a link": [layer(directory("real"), link("l", "real")), layer(file("l/f"))],
    "a directory over a link": [
        layer(directory("real"), file("real/x"), link("l", "real")), layer(directory("l"), file("l/f"))],
    "a link over a directory": [layer(directory("d"), file("d/f")), layer(link("d", "other"))],
    "directories that are missing": [layer(file("p/q/f"))],
    "below a file": [layer(file("p")), layer(file("p/f"))],
    "the root": [layer(directory("./", mode=0o700, mtime=1500000000, uid=7), file("./f"))],
    "a hard link to a lower layer": [layer(file("f")), layer(hard("g", "f"))],
    "a hard link to a link": [layer(file("f"), link("s", "f"), hard("h", "s"))],
    "a hard link to what comes": [layer(hard("g", "f"), file("f"))],
    "attributes": [layer(file("f", pax_headers=xattr(user__x="y", security__capability=CAPABILITY)))],
    "attributes of overlays": [
        layer(file("f", pax_headers=xattr(trusted__overlay__opaque="y", user__overlay__opaque="y")))],
    "labels": [layer(file("f", pax_headers=xattr(security__selinux="system_u:object_r:etc_t:s0")))],
    "parts of a second": [layer(file("f", mtime=1600000000.123456789))],
    "modes": [
        layer(file("f", mode=0o6755, uid=5, gid=6), directory("d", mode=0), file("d/x", mode=0),
              directory("t", mode=0o1777))],
    "dots": [layer(file("../x"), file("/abs"), file("a/../../y"))],
    "devices": [
        layer(("null", tarfile.CHRTYPE, None, {"devmajor": 1, "devminor": 3, "mode": 0o666}),
              ("p", tarfile.FIFOTYPE, None, {}))],
    "names": [layer(file("a\nb"), file("caf\u00e9"), file("n" * 255))],
    "the time of a directory": [layer(directory("d", mtime=1500000000), file("d/a")), layer(file("d/b"))],
    "hiding nothing": [layer(file("f")), layer(file(".wh.nothing", b""), file("no/such/.wh.x", b""))],
    "the highest owner": [layer(file("f", uid=4294967294, gid=4294967294))],
    "bookkeeping": [
        layer(directory(".wh..wh.plnk"), file(".wh..wh.plnk/1"), file(".wh..wh.aufs", b""), file("f"))],
    "the time of a link": [layer(link("l", "x", mtime=1500000000))],
}


def tree(root):
    """Path → what can be said of what stands there."""
    found = {}
    for path, directories, files in os.walk(root):
        for name in directories + files + ["."] * (path == root):
            whole = os.path.join(path, name)
            status = os.lstat(whole)
            said = {"type": status.st_mode >> 12, "mode": status.st_mode & 0o7777,
                    "owner": (status.st_uid, status.st_gid), "time": status.st_mtime_ns, "device": status.st_rdev}
            if os.path.islink(whole):
                said["target"] = os.readlink(whole)
            else:
                said["attributes"] = {
                    key: os.getxattr(whole, key) for key in os.listxattr(whole, follow_symlinks=False)}
            if os.path.isfile(whole):
                said["names"] = status.st_nlink
                with open(whole, "rb") as content:
                    said["content"] = content.read()
            found[os.path.relpath(whole, root)] = said
    return found


def unpacked(command, target):
    """The tree, or nothing if the tool refuses."""
    shutil.rmtree(target, ignore_errors=True)
    done = subprocess.run(command + [target], check=False, capture_output=True)
    return tree(target) if done.returncode == 0 else None


def main():
    for name, layers in CASES.items():
        for place in ("image", "store"):
            shutil.rmtree(place, ignore_errors=True)
        write_image("image", layers)
        ours = unpacked([sys.argv[1], "--store", "store", "oci", "unpack", "oci:image:1"], "ours")
        theirs = unpacked(["umoci", "raw", "unpack", "--image", "image:1"], "theirs")
        if ours is None or theirs is None:
            if ours is not None or theirs is not None:
                print(f"{name}: {'umoci' if theirs is None else 'imgbuild'} refuses")
            elif ours is None:
                print(f"{name}: both refuse")
            continue
        for path in sorted(ours.keys() | theirs.keys()):
            if path not in ours or path not in theirs:
                print(f"{name}: {path!r}: only {'umoci' if path in theirs else 'imgbuild'} has it")
            elif ours[path] != theirs[path]:
                what = [key for key in ours[path] if ours[path][key] != theirs[path].get(key)]
                print(f"{name}: {path!r}: {', '.join(what)}")


if __name__ == "__main__":
    main()
