# SPDX-License-Identifier: Apache-2.0
"""The container image that pulling and importing are measured with: five layers, 20,000 entries, the same bytes
whoever makes it."""
import hashlib
import io
import json
import os
import random
import subprocess
import tarfile

LAYERS = 5
ENTRIES = 20_000


def write_layers(directory, size):
    """The layers' archives in `directory`, `size` bytes together; returns their paths, the lowest first."""
    tars = [f"{directory}/{number}.tar" for number in range(LAYERS)]
    for number, tar in enumerate(tars):
        write_layer(tar, number, size // LAYERS)
    return tars


def write_layer(path, number, size):
    """Files as distributions have them: many small ones, few large ones; half of the bytes compress well."""
    chance = random.Random(number)
    words = [bytes(chance.choices(range(97, 123), k=chance.randint(2, 9))) + b" " for _ in range(4000)]

    def content(length):
        pieces = []
        left = length
        while left > 0:
            piece = min(left, 4096)
            pieces.append(chance.randbytes(piece) if chance.random() < 0.42 else
                          b"".join(chance.choices(words, k=piece // 6 + 1))[:piece].ljust(piece))
            left -= piece
        return b"".join(pieces)

    files = ENTRIES // LAYERS
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        def add(name, data=None, kind=tarfile.REGTYPE):
            info = tarfile.TarInfo(name)
            info.type, info.mtime = kind, 1_600_000_000
            info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
            info.size = len(data or b"")
            archive.addfile(info, io.BytesIO(data) if data else None)

        if number == 0:
            # Without a shell it would be no root for a node.
            add("bin", kind=tarfile.DIRTYPE)
            add("bin/sh", b"#!\n")
        # Lengths of a long tail, scaled to the size of the layer.
        lengths = [int(chance.paretovariate(0.9) * 400) for _ in range(files)]
        lengths = [min(length, size // 20) for length in lengths]
        scale = size / sum(lengths)
        for at, length in enumerate(lengths):
            if at % 40 == 0:
                add(f"usr/layer{number}/d{at // 40}", kind=tarfile.DIRTYPE)
            add(f"usr/layer{number}/d{at // 40}/f{at}", content(int(length * scale)))


def digest_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def write_layout(directory, tars, compression):
    """An OCI layout with these layers, tagged "1"; returns the size of its layers in bytes."""
    blobs = f"{directory}/blobs/sha256"
    os.makedirs(blobs)

    def put(content):
        name = hashlib.sha256(content).hexdigest()
        with open(f"{blobs}/{name}", "wb") as file:
            file.write(content)
        return {"digest": f"sha256:{name}", "size": len(content)}

    layers = []
    command = {"gzip": ["gzip", "-6", "-n", "-c"], "zstd": ["zstd", "-q", "-3", "-c"]}[compression]
    for tar in tars:
        packed = f"{directory}/packed"
        with open(packed, "wb") as file:
            subprocess.run([*command, tar], check=True, stdout=file)
        name = digest_of(packed)
        layers.append({"mediaType": f"application/vnd.oci.image.layer.v1.tar+{compression}",
                       "digest": f"sha256:{name}", "size": os.path.getsize(packed)})
        os.rename(packed, f"{blobs}/{name}")
    config = put(json.dumps({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest_of(tar)}" for tar in tars]}}).encode())
    manifest = put(json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **config},
        "layers": layers}).encode())
    index = {"schemaVersion": 2, "manifests": [{
        "mediaType": "application/vnd.oci.image.manifest.v1+json", **manifest,
        "annotations": {"org.opencontainers.image.ref.name": "1"}}]}
    with open(f"{directory}/index.json", "w", encoding="ascii") as file:
        json.dump(index, file)
    with open(f"{directory}/oci-layout", "w", encoding="ascii") as file:
        file.write('{"imageLayoutVersion":"1.0.0"}')
    return sum(layer["size"] for layer in layers)
