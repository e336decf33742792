#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every C++ source is formatted as .clang-format says. Without clang-format the test is skipped, unless
IMGBUILD_MUST_RUN=1."""

import os
import shutil
import subprocess
import sys

from sources import ROOT, files, finish

SKIP = 77


def main():
    program = shutil.which("clang-format-14") or shutil.which("clang-format")
    if program is None:
        print("clang-format is not installed")
        sys.exit(1 if os.environ.get("IMGBUILD_MUST_RUN") == "1" else SKIP)
    names = [path.as_posix() for path in files("src", "tests", suffixes={".cpp", ".hpp"})]
    done = subprocess.run(
        [program, "--dry-run", "-Werror", *names], cwd=ROOT, capture_output=True, text=True, check=False)
    wrong = {line.split(":")[0] for line in done.stderr.splitlines() if "-Wclang-format-violations" in line}
    if done.returncode != 0 and not wrong:
        finish([done.stderr])
    finish([f"{name}: clang-format -i {name}" for name in sorted(wrong)])


if __name__ == "__main__":
    main()
