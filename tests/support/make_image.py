#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_image.py DIRECTORY [PROGRAM]: an OCI layout with an image of two layers, tagged "1", in which the
second layer hides, replaces and adds things. PROGRAM is in it as /bin/program."""

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

TIME = 1600000000


def layer(*entries):
    """A tar archive of (name, type, content or target)."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, kind, content in entries:
            info = tarfile.TarInfo(name)
            info.mtime = TIME
            info.mode = {"dir": 0o755, "program": 0o755, "link": 0o777}.get(kind, 0o644)
            info.type = {"dir": tarfile.DIRTYPE, "link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE}.get(
                kind, tarfile.REGTYPE)
            if kind in ("link", "hard"):
                info.linkname = content
            elif kind != "dir":
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content) if info.size else None)
    return stream.getvalue()


def write_image(directory, layers):
    blobs = os.path.join(directory, "blobs/sha256")
    os.makedirs(blobs)

    def blob(content, media_type):
        digest = hashlib.sha256(content).hexdigest()
        with open(os.path.join(blobs, digest), "wb") as file:
            file.write(content)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(content)}

    def document(value, kind):
        return blob(json.dumps(value).encode(), f"application/vnd.oci.image.{kind}.v1+json")

    packed = [blob(gzip.compress(raw, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip") for raw in layers]
    config = document({
        "created": "2020-01-01T00:00:00Z", "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(raw).hexdigest() for raw in layers]},
    }, "config")
    manifest = document({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config, "layers": packed,
    }, "manifest")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "1"}
    for name, value in (("index.json", {"schemaVersion": 2, "manifests": [manifest]}),
                        ("oci-layout", {"imageLayoutVersion": "1.0.0"})):
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            json.dump(value, file)


def main():
    program = b"#!/bin/sh\n"
    if len(sys.argv) > 2:
        with open(sys.argv[2], "rb") as file:
            program = file.read()
    lower = layer(
        ("bin", "dir", None), ("bin/program", "program", program), ("bin/sh", "link", "program"),
        ("etc", "dir", None), ("etc/both", "file", b"a" * 5000), ("etc/hidden", "file", b"b"),
        ("opt", "dir", None), ("opt/old", "file", b"x"), ("opt/sub", "dir", None), ("opt/sub/old", "file", b"y"),
        ("hard", "hard", "etc/both"), ("caf\u00e9" * 40, "file", b"a long name"))
    upper = layer(
        ("etc", "dir", None), ("etc/.wh.hidden", "file", b""), ("etc/new", "file", b"c" * 100000),
        ("opt", "dir", None), ("opt/.wh..wh..opq", "file", b""), ("opt/sub", "dir", None),
        ("opt/sub/new", "file", b"z"), ("opt/new", "file", b"n"))
    write_image(sys.argv[1], [lower, upper])


if __name__ == "__main__":
    main()
