#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times imgbuild against mmdebstrap + cpio + pigz on the packages of descriptions/debian-node.

    tests/bench/build.py [--runs N] [--mirror URL]

The two take turns, each run with an empty store or root, from the same mirror. Then the rebuilds that
change nothing, or only config.sh. Prints medians, spreads and ratios; says nothing about good or bad.
Run it as root on a quiet machine; it needs mmdebstrap, cpio and pigz.
"""
import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml

SOURCE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
DESCRIPTION = os.path.join(SOURCE, "descriptions", "debian-node")


def packages():
    names = []
    for section in xml.parse(os.path.join(DESCRIPTION, "config.xml")).getroot().iter("packages"):
        if section.get("profiles", "compute") == "compute" and section.get("type") in ("image", "bootstrap"):
            names += [p.get("name") for p in section.iter("package") if p.get("arch", "x86_64") == "x86_64"]
    return names


def timed(command, **options):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{command} failed:\n{done.stderr[-2000:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def mirror_of_host():
    """The first URL of the host's own Debian sources."""
    text = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI)"], capture_output=True, text=True).stdout
    return next(line for line in text.split() if re.search(r"/debian/?$", line)).rstrip("/")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--mirror", default=None)
    arguments.add_argument("--imgbuild", default=os.path.join(SOURCE, "build", "src", "imgbuild"))
    options = arguments.parse_args()
    mirror = options.mirror or mirror_of_host()
    security = mirror + "-security"
    names = packages()
    times = {"imgbuild, cold": [], "mmdebstrap + cpio + pigz -6": [], "imgbuild, unchanged": [], "imgbuild, config.sh changed": []}
    with tempfile.TemporaryDirectory(dir="/var/tmp") as work:
        description = os.path.join(work, "debian-node")
        shutil.copytree(DESCRIPTION, description)

        def build():
            return timed([options.imgbuild, "build", description, "--target-dir", f"{work}/out", "--store",
                          f"{work}/store", "--mirror", f"debian={mirror}", "--mirror", f"debian-security={security}"])

        def peer():
            script = (f'mmdebstrap --variant=minbase --dpkgopt=force-unsafe-io --include="$PACKAGES" bookworm {work}/root '
                      f'"deb {mirror} bookworm main" "deb {security} bookworm-security main" && '
                      f"cd {work}/root && find . | cpio -o -H newc --quiet | pigz -6 > {work}/peer.img.gz")
            return timed(["sh", "-c", script], env={**os.environ, "INITRD": "No", "PACKAGES": ",".join(names)})

        for number in range(options.runs):
            shutil.rmtree(f"{work}/store", ignore_errors=True)
            shutil.rmtree(f"{work}/out", ignore_errors=True)
            times["imgbuild, cold"].append(build())
            times["imgbuild, unchanged"].append(build())
            with open(f"{description}/config.sh", "a", encoding="utf-8") as script:
                script.write(f"\n: {number}\n")
            times["imgbuild, config.sh changed"].append(build())
            shutil.rmtree(f"{work}/root", ignore_errors=True)
            times["mmdebstrap + cpio + pigz -6"].append(peer())
        sizes = {
            "imgbuild": sum(e.stat().st_size for e in os.scandir(f"{work}/out") if e.name.endswith(".img.gz")),
            "peer": os.path.getsize(f"{work}/peer.img.gz"),
        }
    base = statistics.median(wall for wall, _ in times["mmdebstrap + cpio + pigz -6"])
    print(f"{'':30} {'wall s':>8} {'min':>7} {'max':>7} {'CPU s':>8} {'ratio':>7}")
    for name, runs in times.items():
        walls = [wall for wall, _ in runs]
        median = statistics.median(walls)
        print(f"{name:30} {median:8.2f} {min(walls):7.2f} {max(walls):7.2f} "
              f"{statistics.median(cpu for _, cpu in runs):8.2f} {median / base:7.3f}")
    print(f"image: {sizes['imgbuild'] / 1e6:.1f} MB, peer's: {sizes['peer'] / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
