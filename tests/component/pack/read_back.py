#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packs a root that has everything a root may have, unpacks it with GNU cpio and bsdtar, and compares
file by file: type, mode, owner, size, time, link target, content, device numbers, hard links.

    read_back.py PACK_ROOT
"""
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile

EPOCH = 1700000000
IS_ROOT = os.geteuid() == 0


def write(path, content, mode=0o644, mtime=EPOCH - 1000):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, mode)
    os.utime(path, (mtime, mtime))


def make_root(root):
    os.makedirs(root)
    noise = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(400000))
    write(f"{root}/usr/bin/tool", b"#!/bin/sh\n", 0o755)
    write(f"{root}/usr/bin/su", b"setuid", 0o4755)
    write(f"{root}/usr/share/empty", b"")
    write(f"{root}/usr/share/later", b"clamped", 0o600, EPOCH + 5000)
    write(f"{root}/usr/share/name with blanks and \xe9", b"1")
    write(f"{root}/usr/lib/large", noise[:9_500_001])
    for number in range(600):
        write(f"{root}/usr/lib/many/{number:03}", noise[number * 7 : number * 7 + number * 97])
    write(f"{root}/usr/bin/perl", noise[:50000], 0o755)
    os.link(f"{root}/usr/bin/perl", f"{root}/usr/bin/perl5.36")
    os.link(f"{root}/usr/bin/perl", f"{root}/usr/lib/zz-perl")
    write(f"{root}/usr/share/hole", b"start")
    os.truncate(f"{root}/usr/share/hole", 3_000_000)
    write(f"{root}/srv/left-out/file", b"excluded")
    write(f"{root}/srv/one", b"its other name is excluded")
    os.link(f"{root}/srv/one", f"{root}/srv/left-out/other")
    os.symlink("usr/bin", f"{root}/bin")
    os.symlink("/absolute/and/dangling", f"{root}/usr/share/link")
    os.makedirs(f"{root}/tmp")
    os.chmod(f"{root}/tmp", 0o1777)
    os.mkfifo(f"{root}/run-pipe", 0o620)
    add_packages(root)
    if IS_ROOT:
        os.makedirs(f"{root}/dev")
        os.mknod(f"{root}/dev/null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        os.mknod(f"{root}/dev/loop0", 0o660 | stat.S_IFBLK, os.makedev(7, 0))
        os.chown(f"{root}/dev/loop0", 0, 6)
        os.chown(f"{root}/usr/share/empty", 1000, 70000)
        os.chown(f"{root}/bin", 12, 34, follow_symlinks=False)


def add_packages(root):
    """What dpkg says of who brought the files: also what it never says."""
    info = f"{root}/var/lib/dpkg/info"
    many = "".join(f"/usr/lib/many/{number:03}\n" for number in range(300))
    write(f"{info}/many.list", f"/.\n/usr\n/usr/lib\n/usr/lib/many\n{many}".encode(), mtime=EPOCH)
    write(f"{info}/perl-base.list", b"/usr/bin/perl\n/usr/bin/perl5.36\n", mtime=EPOCH)
    # One name of a hard link, a file of two packages, one that is gone, one through a link.
    write(f"{info}/perl.list", b"/usr/lib/zz-perl\n/bin/tool\n/usr/share/later\n/gone\n", mtime=EPOCH)
    tool = b"/usr/bin/tool\n/usr/lib/large\n/usr/bin/su\n/run-pipe\n"
    write(f"{info}/tool:amd64.list", tool, mtime=EPOCH)
    odd = b"/../../etc/passwd\n//\n/usr/../usr/bin/tool\nusr\n\0\n/bin/../tmp"
    write(f"{info}/odd.list", odd, mtime=EPOCH)
    write(f"{info}/sparse.list", b"")
    os.truncate(f"{info}/sparse.list", 17_000_000)
    os.symlink("/etc/passwd", f"{info}/link.list")
    os.mkfifo(f"{info}/pipe.list")
    os.makedirs(f"{info}/directory.list")


def describe(root, excluded=()):
    """Path → what there is to know of it; hard links as the sorted names in the tree."""
    found = {}
    names = {}
    for directory, directories, files in os.walk(root):
        for name in directories + files:
            path = os.path.join(directory, name)
            relative = os.path.relpath(path, root)
            if relative.startswith(tuple(excluded)):
                continue
            status = os.lstat(path)
            entry = {
                "type": stat.S_IFMT(status.st_mode),
                "mode": stat.S_IMODE(status.st_mode),
                "owner": (status.st_uid, status.st_gid),
            }
            if stat.S_ISLNK(status.st_mode):
                entry["target"] = os.readlink(path)
            else:
                entry["mtime"] = min(int(status.st_mtime), EPOCH)
            if stat.S_ISREG(status.st_mode):
                entry["size"] = status.st_size
                with open(path, "rb") as file:
                    entry["sha256"] = hashlib.sha256(file.read()).hexdigest()
                names.setdefault(status.st_ino, []).append(relative)
            if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
                entry["device"] = status.st_rdev
            found[relative] = entry
    for group in names.values():
        for name in group:
            found[name]["names"] = sorted(group)
    return found


def expect(condition, message):
    if not condition:
        sys.exit(f"FAILED: {message}")


def compare(wanted, found, reader):
    for path in sorted(set(wanted) | set(found)):
        expect(
            wanted.get(path) == found.get(path),
            f"{reader}: {path}: {found.get(path)} instead of {wanted.get(path)}",
        )


def flip_a_chunk(store):
    """Damages one kept chunk; returns its path and what it was."""
    for directory, _, files in os.walk(f"{store}/chunks"):
        for name in files:
            path = os.path.join(directory, name)
            with open(path, "rb") as file:
                content = file.read()
            damaged = bytearray(content)
            damaged[len(damaged) // 2] ^= 0x10
            with open(path, "wb") as file:
                file.write(damaged)
            return path, content
    sys.exit("FAILED: the store keeps no chunks")


def main():
    pack_root = sys.argv[1]
    scratch = tempfile.mkdtemp(prefix="imgbuild-test-")

    def pack(compression, store, threads=2):
        output = f"{scratch}/image"
        command = [pack_root, root, output, compression, store, str(threads), str(EPOCH)]
        done = subprocess.run(command + ["srv/left-out"], check=True, capture_output=True, text=True)
        return json.loads(done.stdout), output

    try:
        root = f"{scratch}/root"
        make_root(root)
        wanted = describe(root, excluded=["srv/left-out"])
        store = f"{scratch}/store"
        for compression in ["fast", "default", "small", "none"]:
            first, image = pack(compression, store)
            with open(image, "rb") as file:
                content = file.read()
            expect(hashlib.sha256(content).hexdigest() == first["sha256"], "the digest is right")
            expect(first["entries"] == len(wanted), f"{first['entries']} entries, not {len(wanted)}")
            archive = f"{scratch}/archive"
            if compression == "none":
                shutil.copy(image, archive)
            else:
                with open(image, "rb") as packed, open(archive, "wb") as file:
                    subprocess.run(["gzip", "-dc"], check=True, stdin=packed, stdout=file)
            expect(os.path.getsize(archive) == first["archive_size"], "the archive's size is right")
            for reader, command in {
                "GNU cpio": ["cpio", "-idm", "--quiet"],
                "bsdtar": ["bsdtar", "-xpf", "-"],
            }.items():
                unpacked = f"{scratch}/unpacked"
                os.makedirs(unpacked)
                with open(archive, "rb") as file:
                    subprocess.run(command, check=True, cwd=unpacked, stdin=file, umask=0)
                compare(wanted, describe(unpacked), f"{reader}, {compression}")
                shutil.rmtree(unpacked)
            again, _ = pack(compression, store, threads=1)
            expect(again["sha256"] == first["sha256"], f"{compression}: the same bytes from the store")
            if compression == "none":
                continue
            expect(again["cached_chunks"] == again["chunks"], f"{compression}: all chunks are kept")
            cold, _ = pack(compression, "-", threads=5)
            expect(cold["sha256"] == first["sha256"], f"{compression}: the same bytes without a store")

        chunk, good = flip_a_chunk(store)
        for compression in ["fast", "default", "small"]:
            pack(compression, store)
        with open(chunk, "rb") as file:
            expect(file.read() == good, "a damaged chunk is replaced")

        write(f"{root}/bad\nname", b"")
        command = [pack_root, root, f"{scratch}/image", "fast", "-", "1", str(EPOCH)]
        done = subprocess.run(command, capture_output=True, text=True)
        expect(done.returncode == 5, f"a newline in a name: exit {done.returncode}")
        expect(
            done.stderr.startswith(
                "error: can't pack the image: bad\\x0aname has a newline in its name\n"
            ),
            f"a newline in a name: {done.stderr}",
        )
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
