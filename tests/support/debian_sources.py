# SPDX-License-Identifier: Apache-2.0
"""What tests and benchmarks on real packages start from: the packages of descriptions/, and the host's mirror."""
import os
import re
import subprocess
import xml.etree.ElementTree as xml

DESCRIPTIONS = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", "descriptions"))


def described_packages(name, profile=None):
    """Names for this architecture in descriptions/NAME; with `profile` without those of other profiles."""
    names = []
    for section in xml.parse(os.path.join(DESCRIPTIONS, name, "config.xml")).getroot().iter("packages"):
        is_chosen = profile is None or section.get("profiles", profile) == profile
        if is_chosen and section.get("type") in ("image", "bootstrap"):
            names += [p.get("name") for p in section.iter("package") if p.get("arch", "x86_64") == "x86_64"]
    return names


def described_sets():
    """The packages of each description, by its name."""
    return {name: described_packages(name) for name in sorted(os.listdir(DESCRIPTIONS))}


def host_mirrors():
    """The URLs of the host's own Debian sources, by imgbuild's names: "debian", "debian-security"."""
    text = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI)"], capture_output=True, text=True).stdout
    found = {}
    for url in text.split():
        if match := re.search(r"/(debian|debian-security)/?$", url):
            found.setdefault(match.group(1), url.rstrip("/"))
    return found
