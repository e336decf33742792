#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the packer with `find | cpio | pigz`, taking turns, on a real root.

    tests/bench/pack.py build/tests/component/pack/pack_root [--root DIR] [--rounds N] [--skip NAME,…]

Without --root a Debian root of about 850 MB is made with mmdebstrap from the machine's own package
sources and removed at the end. Run it on a machine that does nothing else, with the root in the page
cache (the first round, which fills it, is not counted).

What it has to show: `fast` at least 8 times as fast as pigz -6 and at most 13 % larger; `default` at
least 3 times as fast and at most 4 % larger; `small` smaller than pigz -9 and at least 3 times as
fast. On bookworm, libdeflate's level 3 would make `default` 1 % smaller and 8 % slower, level 8 would
make `small` 0.3 % smaller and take twice as long.
"""
import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

EPOCH = "1700000000"


def make_root(directory):
    environment = dict(os.environ, INITRD="No", TMPDIR=os.path.dirname(directory))
    packages = "linux-image-amd64,python3,gcc,openssh-server,systemd-sysv"
    subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={packages}", "bookworm", directory],
        check=True,
        env=environment,
    )


def contestants(pack_root, root, scratch):
    """Name → a function that packs once."""
    output = f"{scratch}/image"
    threads = str(len(os.sched_getaffinity(0)))

    def pigz(level):
        command = f"find . -print0 | cpio --null -o -H newc --quiet | pigz -{level} -c > '{output}'"
        return lambda: subprocess.run(command, shell=True, check=True, cwd=root)

    def ours(compression, store):
        command = [pack_root, root, output, compression, store, threads, EPOCH]

        def run():
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            # The inventory is not the packer's work: in a build the layers already have it.
            return json.loads(done.stdout)["pack_seconds"]

        return run

    runs = {"pigz -6": pigz(6), "pigz -9": pigz(9)}
    for compression in ["fast", "default", "small", "none"]:
        runs[compression] = ours(compression, "-")
    runs["default, kept"] = ours("default", f"{scratch}/store")
    runs["default, kept"]()
    return runs, output


def measure(runs, output, rounds):
    results = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, run in runs.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            start = time.monotonic()
            seconds = run()
            if not isinstance(seconds, float):
                seconds = time.monotonic() - start
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            if turn > 0 or rounds == 0:
                results[name].append((seconds, cpu, os.path.getsize(output)))
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return results


def report(results):
    def median(name, column):
        return statistics.median(row[column] for row in results[name])

    print(f"{'':16}{'wall s':>9}{'CPU s':>9}{'MB':>9}", end="")
    references = [name for name in ("pigz -6", "pigz -9") if name in results]
    for reference in references:
        print(f"{'times ' + reference:>16}{'size':>9}", end="")
    print()
    for name in results:
        print(f"{name:16}{median(name, 0):9.2f}{median(name, 1):9.2f}", end="")
        print(f"{median(name, 2) / 1e6:9.1f}", end="")
        for reference in references:
            speed = median(reference, 0) / median(name, 0)
            size = 100 * (median(name, 2) / median(reference, 2) - 1)
            print(f"{speed:15.2f}×{size:+8.1f}%", end="")
        print()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pack_root")
    parser.add_argument("--root", help="a directory to pack; made if not given")
    parser.add_argument("--rounds", type=int, default=3, help="0: a single one, which counts")
    parser.add_argument("--skip", default="", help="contestants to leave out, with commas between")
    options = parser.parse_args()
    scratch = tempfile.mkdtemp(prefix="imgbuild-bench-")
    try:
        root = options.root or f"{scratch}/root"
        if not options.root:
            make_root(root)
        runs, output = contestants(os.path.abspath(options.pack_root), root, scratch)
        for name in options.skip.split(","):
            runs.pop(name, None)
        report(measure(runs, output, options.rounds))
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
