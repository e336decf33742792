#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `imgbuild oci unpack` with what else pulls and unpacks an image, taking turns.

    tests/bench/pull.py build/src/imgbuild [--size MB] [--rounds N] [--skip NAME,…] [--compression gzip|zstd]

A deterministic image of five layers (about 740 MB unpacked, 20,000 entries) lies in a docker-registry on
loopback; each contestant pulls it into an empty directory on a tmpfs, with caches of its own that are empty
too. Run it as root on a machine that does nothing else. The first round, which fills the page cache, is not
counted.

What it has to show: imgbuild at least 2 times as fast as skopeo and umoci and as podman, at most 1.3 times
the bare pipeline (pull-by-hand), peak memory below 64 MiB; a second pull below 0.1 s; applying a warm
store below 0.5 s. Every tool has used both cores.
"""
import argparse
import hashlib
import io
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

from timed import timed

LAYERS = 5
ENTRIES = 20_000
HERE = os.path.dirname(os.path.abspath(__file__))


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


class Registry:
    def __init__(self, scratch):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.name = f"127.0.0.1:{probe.getsockname()[1]}"
        config = f"{scratch}/registry.yml"
        with open(config, "w", encoding="ascii") as file:
            json.dump({"version": "0.1", "log": {"level": "error", "accesslog": {"disabled": True}},
                       "storage": {"filesystem": {"rootdirectory": f"{scratch}/registry"}},
                       "http": {"addr": self.name}}, file)
        self.process = subprocess.Popen(
            ["docker-registry", "serve", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                host, port = self.name.split(":")
                socket.create_connection((host, int(port))).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("docker-registry does not start")

    def close(self):
        self.process.terminate()
        self.process.wait()


def contestants(imgbuild, registry, compression, place, environment):
    """Name → a function that empties its place and pulls once."""
    uri = f"docker://{registry}/bench/{compression}:1"

    def fresh(*names):
        for name in ("out", "store", "layout", "storage", "run", *names):
            subprocess.run(["rm", "-rf", f"{place}/{name}"], check=True)

    def unpack(target):
        return timed([imgbuild, "--store", f"{place}/store", "oci", "unpack", uri, f"{place}/{target}"],
                     env=environment)

    def ours():
        fresh()
        return unpack("out")

    def warm():
        fresh()
        unpack("first")
        shutil.rmtree(f"{place}/first")
        return unpack("out")

    def second_pull():
        fresh()
        unpack("first")
        shutil.rmtree(f"{place}/first")
        return timed([imgbuild, "--store", f"{place}/store", "oci", "inspect", uri], env=environment)

    def umoci():
        fresh()
        pull = timed(["skopeo", "--insecure-policy", "copy", "--quiet", "--src-tls-verify=false", uri,
                      f"oci:{place}/layout:1"])
        unpacked = timed(["umoci", "raw", "unpack", "--image", f"{place}/layout:1", f"{place}/out"])
        return {"wall": pull["wall"] + unpacked["wall"], "cpu": pull["cpu"] + unpacked["cpu"],
                "memory": max(pull["memory"], unpacked["memory"])}

    def podman():
        fresh()
        return timed(["podman", "--root", f"{place}/storage", "--runroot", f"{place}/run", "--storage-driver",
                      "overlay", "pull", "--quiet", "--tls-verify=false", uri])

    def by_hand():
        fresh()
        return timed(["bash", f"{HERE}/pull-by-hand", registry, f"bench/{compression}", f"{place}/out"])

    return {"imgbuild": ours, "skopeo + umoci": umoci, "podman pull": podman, "by hand": by_hand,
            "imgbuild, second pull": second_pull, "imgbuild, warm store": warm}


def version(*command):
    words = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return next(word for word in words if word[0].isdigit())


def leave_out_the_unable(runs, compression):
    """umoci 0.4 reads no layers of zstd."""
    if compression == "zstd" and version("umoci", "--version").startswith("0.4"):
        if runs.pop("skopeo + umoci", None):
            print("skopeo + umoci is left out: this umoci reads no zstd")


def report(compression, results):
    print(f"\n{compression:24}{'wall s':>9}{'best':>9}{'CPU s':>9}{'peak MiB':>10}{'times':>8}")
    ours = min(run["wall"] for run in results["imgbuild"])
    for name, runs in results.items():
        wall = [run["wall"] for run in runs]
        print(f"{name:24}{statistics.median(wall):9.2f}{min(wall):9.2f}"
              f"{statistics.median(run['cpu'] for run in runs):9.2f}{max(run['memory'] for run in runs):10.0f}"
              f"{min(wall) / ours:8.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("imgbuild")
    parser.add_argument("--size", type=int, default=740, help="MB of the unpacked image")
    parser.add_argument("--rounds", type=int, default=3, help="0: a single one, which counts")
    parser.add_argument("--skip", default="", help="contestants to leave out, with commas between")
    parser.add_argument("--compression", action="append", choices=["gzip", "zstd"])
    options = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("the others have to write owners: run this as root")
    place = tempfile.mkdtemp(prefix="imgbuild-bench-", dir="/dev/shm")
    scratch = tempfile.mkdtemp(prefix="imgbuild-bench-", dir="/var/tmp")
    registry = Registry(scratch)
    environment = dict(os.environ, CONTAINERS_REGISTRIES_CONF=f"{scratch}/registries.conf")
    with open(environment["CONTAINERS_REGISTRIES_CONF"], "w", encoding="ascii") as file:
        file.write(f'[[registry]]\nlocation = "{registry.name}"\ninsecure = true\n')
    try:
        tars = [f"{scratch}/{number}.tar" for number in range(LAYERS)]
        for number, tar in enumerate(tars):
            write_layer(tar, number, options.size * 1_000_000 // LAYERS)
        print(f"skopeo {version('skopeo', '--version')}, umoci {version('umoci', '--version')}, "
              f"podman {version('podman', '--version')}, {len(os.sched_getaffinity(0))} cores; "
              f"{sum(map(os.path.getsize, tars)) / 1e6:.0f} MB unpacked")
        for compression in options.compression or ["gzip", "zstd"]:
            size = write_layout(f"{scratch}/{compression}", tars, compression)
            print(f"{compression}: {size / 1e6:.0f} MB")
            subprocess.run(
                ["skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false",
                 f"oci:{scratch}/{compression}:1", f"docker://{registry.name}/bench/{compression}:1"],
                check=True)
            runs = contestants(
                os.path.abspath(options.imgbuild), registry.name, compression, place, environment)
            for name in filter(None, options.skip.split(",")):
                runs.pop(name)
            leave_out_the_unable(runs, compression)
            results = {name: [] for name in runs}
            for turn in range(options.rounds + 1):
                for name, action in runs.items():
                    result = action()
                    if turn > 0 or options.rounds == 0:
                        results[name].append(result)
            report(compression, results)
    finally:
        registry.close()
        subprocess.run(["rm", "-rf", place, scratch], check=False)


if __name__ == "__main__":
    main()
