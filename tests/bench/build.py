#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times imgbuild against mmdebstrap and kiwi on the packages of descriptions/debian-node.

    tests/bench/build.py [--rounds N] [--peers NAME,…] [--once NAME,…] [--json FILE] [--imgbuild PROGRAM]

All take turns and get the same packages from a mirror on loopback. A first round, which fills that mirror
and the page cache, is not counted; --rounds 0 has no other. Peers of --once run a single time, at the end: kiwi
needs ten minutes and more. Nothing is removed before the end: a round takes 5 GB below /var/tmp. Prints medians,
spreads and ratios, and what the roots differ in; says nothing about good or bad. The JSON file has the same, every
single run, and the versions of what ran. Run it as root on a machine that does nothing else; it needs mmdebstrap,
cpio and pigz, and kiwi where that is among the peers.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

from caching_mirror import CachingMirror
from timed import timed

SOURCE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(SOURCE, "tests", "support"))
from debian_sources import described_packages, host_mirrors

DESCRIPTION = os.path.join(SOURCE, "descriptions", "debian-node")
PEERS = {
    "mmdebstrap": "mmdebstrap (no initrd, unsafe-io) + cpio + pigz -6",
    "mmdebstrap-documented": "mmdebstrap as documented + cpio + pigz -6",
    "kiwi": "kiwi, tbz",
}


def versions(imgbuild, peers):
    tools = {"imgbuild": [imgbuild, "version"], "pigz": ["pigz", "--version"], "cpio": ["cpio", "--version"],
             "kernel": ["uname", "-r"]}
    if any(name.startswith("mmdebstrap") for name in peers):
        tools["mmdebstrap"] = ["mmdebstrap", "--version"]
    if "kiwi" in peers:
        tools["kiwi"] = ["kiwi-ng", "--version"]
    done = {name: subprocess.run(command, capture_output=True, text=True) for name, command in tools.items()}
    return {name: (run.stdout or run.stderr).splitlines()[0] for name, run in done.items()}


class Bench:
    def __init__(self, work, mirror, imgbuild):
        self.work = work
        self.mirror = mirror
        self.imgbuild = imgbuild
        self.names = described_packages("debian-node", "compute")
        self.description = f"{work}/debian-node"
        shutil.copytree(DESCRIPTION, self.description)
        os.mkdir(f"{work}/away")

    def put_away(self, *names):
        """Out of the way, but not removed: ext4 avoids the inodes of files that were deleted in the last minutes by
        looking at each, which slows down whoever makes files next."""
        for name in names:
            if os.path.exists(f"{self.work}/{name}"):
                os.rename(f"{self.work}/{name}", tempfile.mkdtemp(dir=f"{self.work}/away"))

    def build(self, *options, out="out"):
        return timed([self.imgbuild, "build", self.description, "--target-dir", f"{self.work}/{out}",
                      "--store", f"{self.work}/store", *options,
                      *(word for name in ("debian", "debian-security")
                        for word in ("--mirror", f"{name}={self.mirror.url(name)}"))])

    def pack_seconds(self, out):
        with open(f"{self.work}/{out}/imgbuild.result.json", encoding="utf-8") as file:
            return json.load(file)["stages"][-1]["seconds"]

    def imgbuild_rounds(self, number):
        self.put_away("store", "out", "other")
        yield "imgbuild, empty store", self.build()
        yield "imgbuild, nothing changed", self.build()
        with open(f"{self.description}/config.sh", "a", encoding="utf-8") as file:
            file.write(f"\n: {number}\n")
        yield "imgbuild, config.sh changed", self.build()
        with open(f"{self.description}/root/etc/bench", "w", encoding="utf-8") as file:
            file.write(f"{number}\n")
        yield "imgbuild, overlay changed", self.build()
        yield "imgbuild, another image with one more package", self.build("--add-package", "zsh", out="other")
        pack = self.pack_seconds("other")
        yield "  its packing", {"wall": pack, "cpu": 0.0, "memory": 0.0}
        self.put_away("store/layers", "store/chunks", "out")
        yield "imgbuild, packages in the store", self.build()

    def mmdebstrap(self, *options, **variables):
        self.put_away("root")
        sources = " ".join(f'"deb {self.mirror.url(name)} {suite} main"' for name, suite in
                           (("debian", "bookworm"), ("debian-security", "bookworm-security")))
        script = (f'mmdebstrap --variant=minbase {" ".join(options)} --include="$PACKAGES" bookworm {self.work}/root '
                  f"{sources} && cd {self.work}/root && find . | cpio -o -H newc --quiet | pigz -6 >{self.work}/peer.img.gz")
        return timed(["sh", "-c", script], env={**os.environ, **variables, "PACKAGES": ",".join(self.names)})

    def kiwi(self):
        self.put_away("kiwi", "kiwi-out")
        os.makedirs(f"{self.work}/kiwi")
        repositories = "".join(
            f'<repository type="apt-deb" alias="{name}" distribution="{suite}" components="main" '
            f'repository_gpgcheck="false"><source path="{self.mirror.url(name)}"/></repository>'
            # It bootstraps from the last one.
            for name, suite in (("debian-security", "bookworm-security"), ("debian", "bookworm")))
        names = "".join(f'<package name="{name}"/>' for name in self.names)
        with open(f"{self.work}/kiwi/config.xml", "w", encoding="utf-8") as file:
            file.write(f'''<?xml version="1.0"?><image schemaversion="7.4" name="node"><description type="system">
<author>x</author><contact>x</contact><specification>x</specification></description><preferences><version>1.0.0</version>
<packagemanager>apt</packagemanager><type image="tbz"/></preferences>{repositories}
<packages type="bootstrap"><package name="apt"/><package name="gnupg"/></packages><packages type="image">{names}</packages></image>''')
        return timed(["kiwi-ng", "system", "build", "--description", f"{self.work}/kiwi", "--target-dir",
                      f"{self.work}/kiwi-out"])

    def peer(self, name):
        if name == "mmdebstrap":
            return self.mmdebstrap("--dpkgopt=force-unsafe-io", INITRD="No")
        return self.mmdebstrap() if name == "mmdebstrap-documented" else self.kiwi()

    def differences(self):
        """Packages that only imgbuild's image has, and that only mmdebstrap's root has."""
        (listed,) = (e.path for e in os.scandir(f"{self.work}/out") if e.name.endswith(".packages"))
        with open(listed, encoding="utf-8") as file:
            ours = {line.split("|")[0] for line in file}
        done = subprocess.run(["dpkg-query", "--admindir", f"{self.work}/root/var/lib/dpkg", "-W", "-f", "${Package}\n"],
                              capture_output=True, text=True, check=True)
        theirs = set(done.stdout.split())
        return sorted(ours - theirs), sorted(theirs - ours)


    def sizes(self, peers):
        """Bytes of the images that were made."""
        sizes = {"imgbuild": sum(e.stat().st_size for e in os.scandir(f"{self.work}/out") if e.name.endswith(".img.gz"))}
        if any(name.startswith("mmdebstrap") for name in peers):
            sizes["mmdebstrap"] = os.path.getsize(f"{self.work}/peer.img.gz")
        if "kiwi" in peers:
            # Beside it lie only lists and checksums.
            sizes["kiwi"] = max(e.stat().st_size for e in os.scandir(f"{self.work}/kiwi-out") if e.is_file())
        return sizes


def summary(times, base):
    """Of each row: medians, the spread of the wall clock, and how its median compares with that of row `base`."""
    rows = {}
    for name, runs in times.items():
        walls = [run["wall"] for run in runs]
        rows[name] = {key: statistics.median(run[key] for run in runs) for key in ("wall", "cpu", "memory")}
        rows[name] |= {"wall_min": min(walls), "wall_max": max(walls)}
        if base:
            rows[name]["ratio"] = rows[name]["wall"] / statistics.median(run["wall"] for run in times[base])
    return rows


def print_table(rows):
    print(f"{'':52} {'wall s':>7} {'min':>7} {'max':>7} {'CPU s':>7} {'MiB':>6} {'ratio':>7}")
    for name, row in rows.items():
        ratio = f"{row['ratio']:7.3f}" if "ratio" in row else ""
        print(f"{name:52} {row['wall']:7.2f} {row['wall_min']:7.2f} {row['wall_max']:7.2f} {row['cpu']:7.2f} "
              f"{row['memory']:6.0f} {ratio}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--peers", default="mmdebstrap,mmdebstrap-documented")
    arguments.add_argument("--once", default="")
    arguments.add_argument("--json")
    arguments.add_argument("--imgbuild", default=os.path.join(SOURCE, "build", "src", "imgbuild"))
    options = arguments.parse_args()
    peers = [name for name in options.peers.split(",") if name]
    once = [name for name in options.once.split(",") if name]
    times = {}
    differences = {}

    def count(name, run):
        times.setdefault(name, []).append(run)
        print(f"{name}: {run['wall']:.2f} s", file=sys.stderr, flush=True)

    upstream = host_mirrors()["debian"]
    with tempfile.TemporaryDirectory(dir="/var/tmp") as work:
        mirror = CachingMirror(f"{work}/mirror", {"debian": upstream, "debian-security": upstream + "-security"})
        bench = Bench(work, mirror, options.imgbuild)
        for number in range(options.rounds + 1):
            is_counted = number > 0 or options.rounds == 0
            for name, run in bench.imgbuild_rounds(number):
                if is_counted:
                    count(name, run)
            # One of them is enough to fill the mirror.
            for name in peers if is_counted else peers[:1]:
                run = bench.peer(name)
                if is_counted:
                    count(PEERS[name], run)
        for name in once:
            count(PEERS[name], bench.peer(name))
        mirror.close()
        sizes = bench.sizes(peers)
        if "mmdebstrap" in sizes:
            differences = dict(zip(("only_imgbuild", "only_mmdebstrap"), bench.differences()))
    for name, size in sizes.items():
        print(f"{name}'s image: {size / 1e6:.1f} MB")
    if differences:
        print("packages", "; ".join(f"{who.replace('_', ' of ')}: {' '.join(names) or 'none'}"
                                    for who, names in differences.items()))
    rows = summary(times, PEERS[peers[0]] if peers else None)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"versions": versions(options.imgbuild, peers + once),
                       "processors": len(os.sched_getaffinity(0)), "sizes": sizes, "packages": differences, "rows": rows,
                       "runs": times}, file, indent=1)
    print_table(rows)


if __name__ == "__main__":
    main()
