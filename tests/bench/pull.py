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
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from layered_image import write_layers, write_layout
from timed import timed

HERE = os.path.dirname(os.path.abspath(__file__))


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
        tars = write_layers(scratch, options.size * 1_000_000)
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
