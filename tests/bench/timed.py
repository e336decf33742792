# SPDX-License-Identifier: Apache-2.0
"""What a program takes: `timed` for the benchmarks.

The kernel counts the memory of whoever starts a program into that program's peak. So this file starts it, run by
itself: 12 MiB, however much the benchmark holds.
"""
import os
import subprocess
import sys
import tempfile
import time


def timed(command, **options):
    """Wall clock and processors in seconds, peak memory of the largest process in MiB: 12 at least."""
    with tempfile.TemporaryFile("w+") as errors:
        starter = subprocess.run([sys.executable, "-I", "-S", os.path.abspath(__file__), *command],
                                 stdout=subprocess.PIPE, stderr=errors, text=True, check=False, **options)
        if starter.returncode != 0:
            errors.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{errors.read()[-3000:]}")
    wall, cpu, memory = map(float, starter.stdout.split())
    return {"wall": wall, "cpu": cpu, "memory": memory}


def main():
    start = time.monotonic()
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
    _, status, usage = os.wait4(child, 0)
    print(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
