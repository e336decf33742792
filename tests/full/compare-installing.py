#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds sets of packages twice, the plain way and the fast one, and compares the installed roots.

    tests/full/compare-installing.py [--imgbuild PROGRAM] [--work DIRECTORY] [--option unpack|configure] [SET ...]

Compared is the inventory of the install stage: type, mode, owner, time, link groups, extended attributes
and content of every entry, dpkg's database among them. Whether the finished images are equal is said, too:
they have most of the noise below no more. Without SETs all are built, which takes an hour or two on two cores.
"""
import argparse
import difflib
import fnmatch
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

SOURCE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(SOURCE, "tests", "support"))
from debian_sources import described_sets

KEYS = os.path.join(SOURCE, "descriptions", "debian-minimal")

SETS = {
    "essential": [],
    "shells": ["bash", "zsh", "ksh", "tcsh", "fish", "dash"],
    "python": ["python3", "python3-yaml", "python3-venv", "ipython3"],
    "compilers": ["gcc", "g++", "gfortran", "make", "cmake"],
    "servers": ["nginx-light", "postfix", "bsd-mailx", "rsyslog", "chrony"],
    "fonts": ["fontconfig", "fonts-dejavu-core", "libgtk-3-0", "shared-mime-info"],
    "editors": ["vim", "emacs-nox", "nano", "mc"],
    "java": ["default-jre-headless", "ca-certificates-java"],
    "storage": ["lvm2", "mdadm", "xfsprogs", "btrfs-progs", "cryptsetup-bin", "nfs-kernel-server"],
    "text": ["texlive-base", "sgml-base", "xml-core", "docbook-xml", "groff"],
    "daemons": ["cron", "rsyslog", "dbus", "avahi-daemon", "snmpd", "openssh-server", "exim4-daemon-light", "logrotate"],
    "web": ["apache2", "nginx", "php-fpm", "ssl-cert", "redis-server"],
    "databases": ["postgresql", "mariadb-server", "slapd"],
    "networks": ["network-manager", "wpasupplicant", "openvpn", "bind9", "dnsmasq", "isc-dhcp-server", "ifupdown"],
    "clusters": ["slurmctld", "slurmdbd", "slurmd", "munge", "nfs-kernel-server", "autofs", "sssd", "chrony"],
    "sessions": ["dbus-user-session", "pipewire-pulse", "pulseaudio", "gnome-keyring", "at-spi2-core", "lightdm"],
}

# Of each option of the program the plain way, and the fast one.
WAYS = {"unpack": ("dpkg", "native"), "configure": ("plain", "fast")}

# Differs between two runs the plain way as well: path pattern → why.
NOISE = {
    "etc/machine-id": "drawn by chance",
    "var/lib/dbus/machine-id": "drawn by chance",
    "etc/ssh/ssh_host_*": "drawn by chance",
    "etc/munge/munge.key": "drawn by chance",
    "etc/bind/rndc.key": "drawn by chance",
    "etc/ldap/slapd.d/*": "made with ids of chance and times",
    "var/lib/ldap/*": "made with ids of chance and times",
    "var/lib/mysql/*": "made with ids of chance and times",
    "var/lib/postgresql/*": "made with ids of chance and times",
    "etc/ssl/*/ssl-cert-snakeoil.*": "drawn by chance",
    "etc/ssl/certs/*": "links to the snakeoil certificate by its digest",
    "etc/aliases.db": "has the time of the build in it",
    "etc/mdadm/mdadm.conf": "has the time of the build in it",
    "etc/shadow*": "has the day of the build in it",
    "etc/iscsi/initiatorname.iscsi": "drawn by chance",
    "etc/nvme/host*": "drawn by chance",
    "etc/ssl/certs/java/cacerts": "has times of the build in it",
    "var/log/*": "times of the build",
    "var/cache/ldconfig/aux-cache": "has inode numbers in it",
    "var/lib/dpkg/*-old": "dpkg's state before its last change",
    "var/cache/debconf/*-old": "debconf's state before its last change",
    "var/lib/texmf/ls-R": "in the order in which the file system lists",
    "var/lib/texmf/web2c/lua*/*.fmt": "has tables in an order of chance",
    "var/lib/texmf/web2c/updmap.log": "has the time of the build in it",
}


def describe(directory, name, packages):
    os.makedirs(directory)
    for key in glob.glob(os.path.join(KEYS, "*.asc")):
        shutil.copy(key, directory)
    tree = xml.parse(os.path.join(KEYS, "config.xml"))
    image = tree.getroot()
    image.set("name", name)
    for section in image.findall("packages"):
        image.remove(section)
    section = xml.SubElement(image, "packages", {"type": "image"})
    # Without the last two it would be no image.
    for package in dict.fromkeys([*packages, "linux-image-cloud-amd64", "systemd-sysv"]):
        xml.SubElement(section, "package", {"name": package})
    tree.write(os.path.join(directory, "config.xml"))


def build(options, description, how):
    """Returns the paths of the finished image and of the install stage's layer."""
    target = os.path.join(options.work, "out-" + how)
    command = [options.imgbuild, "--progress", "none", "--store", os.path.join(options.work, "store"), "build",
               description, "--target-dir", target, "--compression", "fast", "--" + options.option, how]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[:4000]}")
    with open(os.path.join(target, "imgbuild.result.json"), encoding="utf-8") as file:
        result = json.load(file)
    key = next(stage["key"] for stage in result["stages"] if stage["name"] == "install")
    (layer,) = glob.glob(os.path.join(options.work, "store", "layers", "*", key))
    (image,) = glob.glob(os.path.join(target, "*.img.gz"))
    with open(os.path.join(target, "build.log"), encoding="utf-8", errors="replace") as file:
        ordinary = sorted({line.strip() for line in file if " is unpacked by dpkg: " in line})
    return image, layer, ordinary


def inventory(layer):
    """Path → the rest of its line."""
    entries = {}
    with open(os.path.join(layer, "inventory"), encoding="ascii") as file:
        for line in file.read().splitlines():
            words = line.split(" ")
            if len(words) > 4:
                entries[words[1]] = " ".join(words[:1] + words[2:])
    return entries


def text_of(layer, path):
    try:
        with open(os.path.join(layer, "content", path), encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []


def differences(reference, other, ways):
    wanted, found = inventory(reference), inventory(other)
    lines = []
    for path in sorted(wanted.keys() | found.keys()):
        if wanted.get(path) == found.get(path) or any(fnmatch.fnmatchcase(path, p) for p in NOISE):
            continue
        lines += [f"{path}:", *(f"  {way}: {side.get(path, 'absent')}" for way, side in zip(ways, (wanted, found)))]
        if path in wanted and path in found:
            delta = difflib.unified_diff(text_of(reference, path), text_of(other, path), lineterm="", n=1)
            lines += ["    " + line for line in list(delta)[2:20]]
    return lines


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("sets", nargs="*")
    arguments.add_argument("--imgbuild", default=os.path.join(SOURCE, "build", "src", "imgbuild"))
    arguments.add_argument("--work")
    arguments.add_argument("--option", choices=WAYS, default="unpack")
    options = arguments.parse_args()
    sets = {**described_sets(), **SETS}
    failed = False
    with tempfile.TemporaryDirectory(dir="/var/tmp") as temporary:
        options.work = options.work or temporary
        for name in options.sets or sets:
            description = os.path.join(temporary, name)
            describe(description, name, sets[name])
            plain, fast = WAYS[options.option]
            plain_image, reference, _ = build(options, description, plain)
            fast_image, layer, ordinary = build(options, description, fast)
            lines = differences(reference, layer, (plain, fast))
            same = digest(plain_image) == digest(fast_image)
            print(f"{name}: {len(lines)} lines of differences, images {'equal' if same else 'differ'}, "
                  f"{len(ordinary)} packages unpacked by dpkg")
            print("\n".join(["  " + line for line in [*ordinary, *lines[:200]]]), flush=True)
            failed = failed or bool(lines)
            # Roots are large; the packages stay for the next set.
            shutil.rmtree(os.path.join(options.work, "store", "layers"))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
