# SPDX-License-Identifier: Apache-2.0
"""What the lint tests share: the files of the repository, and how findings are reported."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(*folders, suffixes=None):
    """Every file below `folders` (names relative to the repository; none: the whole repository), without
    version control, build directories and results."""
    for folder in folders or (".",):
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT)
            if name.parts[0].startswith(("build", "out", ".git")) and len(name.parts) > 1:
                continue
            if "__pycache__" in name.parts or path.is_symlink() or not path.is_file():
                continue
            if suffixes is None or path.suffix in suffixes:
                yield name


def lines(name):
    """The numbered lines of a text file; none for a binary file."""
    data = (ROOT / name).read_bytes()
    if b"\0" in data:
        return
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        yield number, line


def finish(findings):
    """Prints the findings and ends the test."""
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
