#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what imgbuild resolves with what apt says when it is given the whole archive.

    tests/full/resolution_as_apt.py PROGRAM [--random N] [--seed S] [SET …]

imgbuild shows apt only the packages that can come into question. For the packages of descriptions/, some
sets with many alternatives, and N sets drawn from the archive by chance, this must make no difference:
neither in what is chosen, nor in the order in which dpkg is called.
"""
import argparse
import glob
import os
import random
import re
import subprocess
import sys
import tempfile

SOURCE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(SOURCE, "tests", "support"))
from debian_sources import described_sets, host_mirrors

KEYS = os.path.join(SOURCE, "descriptions", "debian-minimal")
SKIPPED = 77
SUITES = [("debian", "bookworm"), ("debian-security", "bookworm-security")]

SETS = {
    "essential": [],
    "desktop": ["task-gnome-desktop"],
    "mailers": ["bsd-mailx", "mutt", "logwatch"],
    "java": ["default-jre", "maven", "tomcat10"],
    "perl": ["perl", "libwww-perl", "munin"],
    "databases": ["postgresql", "mariadb-server", "redis"],
    "init": ["sysvinit-core", "openssh-server"],
    "container": ["podman", "buildah", "fuse-overlayfs", "slirp4netns"],
    "texlive": ["texlive-latex-extra", "latexmk"],
    "hpc": ["slurm-wlm", "openmpi-bin", "environment-modules", "libpmix-dev"],
}


class WholeApt:
    """apt with all packages of the archive, and nothing of the host."""

    def __init__(self, directory, urls):
        self.directory = directory
        for name in ("etc/empty", "state/lists/partial", "cache/archives/partial", "log"):
            os.makedirs(os.path.join(directory, name))
        self.write("etc/sources.list", "".join(
            f"deb [trusted=yes] {urls[name]} {suite} main\n" for name, suite in SUITES))
        self.write("state/status", "")
        self.write("apt.conf", f'''Dir "{directory}/";
Dir::Etc "{directory}/etc/";
Dir::Etc::main "none";
Dir::Etc::parts "empty/";
Dir::Etc::sourceparts "empty/";
Dir::Etc::preferencesparts "empty/";
Dir::State "{directory}/state/";
Dir::State::status "{directory}/state/status";
Dir::Cache "{directory}/cache/";
Dir::Log "{directory}/log/";
APT::Architecture "amd64";
APT::Architectures {{ "amd64"; }};
APT::Sandbox::User "root";
APT::Get::Assume-Yes "true";
APT::Install-Recommends "false";
Acquire::Languages "none";
Debug::NoLocking "true";
pkgCacheGen::ForceEssential ",";
''')
        self.run("update")
        self.stanzas = {}
        for path in glob.glob(f"{directory}/state/lists/*_Packages"):
            for stanza in open(path, encoding="utf-8").read().split("\n\n"):
                fields = dict(re.findall(r"^(Package|Version|Architecture|Essential|Size): (.*)$", stanza, re.M))
                if "Package" in fields:
                    self.stanzas[fields["Package"], fields["Version"], fields["Architecture"]] = (stanza, fields)

    def write(self, name, text):
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
            file.write(text)

    def run(self, *arguments):
        return subprocess.run(["apt-get", "-q", *arguments], capture_output=True, text=True,
                              env={"APT_CONFIG": f"{self.directory}/apt.conf", "LC_ALL": "C", "PATH": os.environ["PATH"]})

    def choose(self, names):
        """What would be installed into an empty root, in the order of unpacking; nothing if that can't be."""
        essential = sorted({fields["Package"] for _, fields in self.stanzas.values() if fields.get("Essential") == "yes"})
        self.write("state/status", "")
        done = self.run("-s", "install", *names, *(n for n in essential if n not in names), "usr-is-merged")
        if done.returncode != 0:
            return None
        return re.findall(r"^Inst (\S+) \((\S+) .*\[(\S+)\]\)", done.stdout, re.M)

    def steps(self, base, rest):
        """dpkg's calls for `rest` where `base` is installed: (action, names)."""
        self.write("state/status", "".join(
            f"Status: install ok installed\n{self.stanzas[package][0].strip()}\n\n" for package in base))
        for name, version, architecture in rest:
            path = "_".join([name, version.replace(":", "%3a"), architecture]) + ".deb"
            with open(f"{self.directory}/cache/archives/{path}", "wb") as file:
                file.truncate(int(self.stanzas[name, version, architecture][1]["Size"]))
        done = self.run("--no-download", "-o", "Debug::pkgDPkgPM=1", "-o", "DPkg::Install::Recursive::Minimum=1000000",
                        "install", *(f"{name}:{architecture}={version}" for name, version, architecture in rest))
        steps = []
        for line in (done.stdout + done.stderr).splitlines():
            words = line.split()
            if "--unpack" in words:
                steps.append(("unpack", [os.path.basename(w).split("_")[0] for w in words if w.endswith(".deb")]))
            elif "--configure" in words:
                steps.append(("configure", [w.split(":")[0] for w in words[words.index("--configure") + 1:] if w[0] != "-"]))
        return steps


class Imgbuild:
    def __init__(self, program, directory):
        self.program = program
        self.directory = directory

    def resolve(self, names):
        """(packages, numbers of the base, steps), or nothing."""
        packages = "".join(f'<package name="{name}"/>' for name in names)
        repositories = "".join(
            f'<repository type="apt-deb" alias="{name}" distribution="{suite}" components="main">'
            f'<source path="mirror:{name}"><signing key="file:{KEYS}/debian-archive-{suite}.asc"/></source></repository>'
            for name, suite in SUITES)
        path = f"{self.directory}/config.xml"
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'''<image schemaversion="8.5" name="it"><description type="system"><author>x</author>
<contact>x</contact><specification>x</specification></description><preferences><version>1.0.0</version>
<packagemanager>apt</packagemanager><type image="warewulf"/></preferences>{repositories}
<packages type="bootstrap"/><packages type="image">{packages}</packages></image>''')
        records = f"{self.directory}/store/records/apt-resolution"
        before = set(os.listdir(records)) if os.path.isdir(records) else set()
        done = subprocess.run([self.program, "explain", path, "--store", f"{self.directory}/store"],
                              capture_output=True, text=True)
        if done.returncode == 3:
            return None
        if done.returncode != 0:
            sys.exit(f"{names}: imgbuild ended with {done.returncode}:\n{done.stderr}")
        (record,) = set(os.listdir(records)) - before
        chosen, base, steps = [], [], []
        for line in open(f"{records}/{record}", encoding="utf-8").read().splitlines():
            fields = line.split("\t")
            if fields[0] == "package":
                if "b" in fields[8]:
                    base.append(len(chosen))
                chosen.append((fields[1], fields[2], fields[3]))
            elif fields[0] == "step":
                steps.append((fields[1], [chosen[int(n)][0] for n in fields[2].split()]))
        return chosen, base, steps


def difference(names, apt, imgbuild):
    """What differs, or nothing; and whether the set can be installed."""
    expected = apt.choose(names)
    found = imgbuild.resolve(names)
    if expected is None or found is None:
        return (None if expected is found else f"imgbuild: {found is not None}, apt: {expected is not None}"), False
    chosen, base, steps = found
    if chosen != expected:
        return f"chosen otherwise: {sorted(set(chosen) ^ set(expected)) or 'in another order'}", True
    rest = [package for number, package in enumerate(chosen) if number not in base]
    expected_steps = apt.steps([chosen[number] for number in base], rest) if rest else []
    if steps[2:] != expected_steps:
        return f"other steps: {steps[2:]}\nof apt: {expected_steps}", True
    return None, True


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--random", type=int, default=30)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("sets", nargs="*")
    options = arguments.parse_args()
    urls = host_mirrors()
    if len(urls) != len(SUITES):
        print("the host's own package sources have no Debian and its security updates")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as work:
        for name in ("apt", "imgbuild"):
            os.mkdir(f"{work}/{name}")
        apt = WholeApt(f"{work}/apt", urls)
        imgbuild = Imgbuild(options.program, f"{work}/imgbuild")
        sets = dict(SETS, **described_sets())
        chance = random.Random(options.seed)
        archive = sorted({name for name, _, _ in apt.stanzas})
        for number in range(options.random):
            sets[f"random {number}"] = chance.sample(archive, chance.randint(1, 12))
        wrong = installable = 0
        for title, names in sets.items():
            if options.sets and title not in options.sets:
                continue
            text, can_be = difference(names, apt, imgbuild)
            installable += can_be
            if text:
                wrong += 1
                print(f"{title} ({' '.join(names)}): {text}", flush=True)
        print(f"{installable} sets that can be installed, {wrong} that imgbuild resolves otherwise than apt")
        sys.exit(1 if wrong or not installable else 0)


if __name__ == "__main__":
    main()
