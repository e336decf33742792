#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No host of a package mirror stands in the repository: descriptions say "mirror:NAME", and each site has
its own. The exceptions are the official hosts that are built in, and the tests of their text.
`--self-test` shows that a breach is found."""

import re
import sys

from sources import files, finish, lines

OFFICIAL = {"ftp.debian.org", "security.debian.org"}
MAY_NAME_OFFICIAL = {"src/config/mirrors.cpp", "tests/unit/config/mirrors.cpp", "tests/lint/mirrors.py"}

# Hosts of distributions, wherever they stand.
DISTRIBUTION = re.compile(
    r"(?<![\w.@-])(?:[\w-]+\.)+(?:debian\.(?:org|net)|ubuntu\.com|fedoraproject\.org|opensuse\.org|suse\.com"
    r"|rockylinux\.org|almalinux\.org|centos\.org|kernel\.org)(?![\w-])",
    re.IGNORECASE,
)
# Any host that is said to serve a distribution.
URL_OF_ARCHIVE = re.compile(
    r"(?:https?|ftp)://(?:[^/\s@\"]*@)?([\w-]+(?:\.[\w-]+)+)(?::\d+)?/(?:[\w-]+/)*"
    r"(?:debian|debian-security|ubuntu|fedora|opensuse|rocky|almalinux|centos)\b",
    re.IGNORECASE,
)
# Names that are reserved for examples and tests, and loopback.
RESERVED = re.compile(r"(?:^|\.)(?:example|invalid|test|localhost|example\.(?:org|com|net))$|^127\.[\d.]+$")
# Not a mirror, although the domain is a distribution's.
DOCUMENTATION = {"www.kernel.org", "docs.kernel.org", "www.debian.org", "wiki.debian.org", "bugs.debian.org"}


def objections(name, line):
    hosts = DISTRIBUTION.findall(line) + URL_OF_ARCHIVE.findall(line)
    for host in sorted({host.lower() for host in hosts}):
        if RESERVED.search(host) or host in DOCUMENTATION:
            continue
        if host in OFFICIAL and name in MAY_NAME_OFFICIAL:
            continue
        yield f'"{host}" names a package mirror; write "mirror:NAME" (a test: mirror.invalid)'


def check():
    findings = []
    for path in files():
        name = path.as_posix()
        for number, line in lines(path):
            findings += [f"{name}:{number}: {reason}" for reason in objections(name, line)]
    return findings


def self_test():
    domain = "debian" + ".org"
    cases = [
        (True, "docs/a.md", f"deb http://deb.{domain}/x bookworm main"),
        (True, "docs/a.md", f"http://security.{domain}/x"),
        (False, "src/config/mirrors.cpp", f"http://security.{domain}/x"),
        (True, "src/config/mirrors.cpp", f"http://deb.{domain}/x"),
        (True, "tests/cli/a.sh", "http://mirror.site" + ".org/pub/debian"),
        (False, "tests/cli/a.sh", "http://mirror.invalid/debian http://127.0.0.1:80/debian"),
        (False, "docs/a.md", "https://mirror.example.org/debian, mirror:debian"),
        (False, "docs/a.md", f"https://wiki.{domain}/x"),
    ]
    return [f"{line}: expected {expected}" for expected, name, line in cases
            if bool(list(objections(name, line))) != expected]


if __name__ == "__main__":
    finish(self_test() if "--self-test" in sys.argv else check())
