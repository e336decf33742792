#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times `imgbuild validate`.

    tests/bench/validate.py build/src/imgbuild DESCRIPTION… [--rounds N]

What it has to show, as medians on a machine that does nothing else: one description in less than
30 ms, program start included; 20,000 packages in less than 1 s; all descriptions given in one
process in less than 0.5 s for 42 of them. kiwi 10 needs 0.7 s to look at one.
"""
import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HEAD = """<image name="large" schemaversion="{version}">
<description type="system"><author>a</author><contact>c</contact><specification>s</specification></description>
<preferences><version>1</version><packagemanager>apt</packagemanager><type image="oem"/></preferences>
<packages type="image">
"""


def large_document(directory, version, count):
    path = os.path.join(directory, f"large-{version}.xml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEAD.format(version=version))
        for number in range(count):
            file.write(f'  <package name="package-{number}" arch="x86_64"/>\n')
        file.write("</packages>\n</image>\n")
    return path


def measure(program, paths, rounds):
    """Median wall and CPU seconds of one process."""
    walls, cpus = [], []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        done = subprocess.run(
            [program, "validate", "--schema-only", *paths], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        walls.append(time.monotonic() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if done.returncode != 0:
            sys.exit(done.stderr.decode())
    return statistics.median(walls), statistics.median(cpus)


def main():
    parser = argparse.ArgumentParser(description="Times `imgbuild validate`.")
    parser.add_argument("program")
    parser.add_argument("descriptions", nargs="+")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        cases = [
            ("one description", arguments.descriptions[:1], 0.030),
            (f"{len(arguments.descriptions)} descriptions", arguments.descriptions, 0.5),
            ("20,000 packages, 8.5", [large_document(directory, "8.5", 20000)], 1.0),
            ("20,000 packages, 7.4", [large_document(directory, "7.4", 20000)], 1.0),
        ]
        slow = False
        for name, paths, most in cases:
            wall, cpu = measure(arguments.program, paths, arguments.rounds)
            slow = slow or wall > most
            verdict = "ok" if wall <= most else f"MORE THAN {most * 1000:.0f} ms"
            print(f"{name:24} {wall * 1000:8.1f} ms wall {cpu * 1000:8.1f} ms CPU  {verdict}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
