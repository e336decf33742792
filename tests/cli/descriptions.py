#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`imgbuild info --json` names all that stands in a description, as a second reading of the XML finds it.

The descriptions are our own, and kiwi's build tests where they are: in IMGBUILD_KIWI_CORPUS, else in
../shared/corpus/kiwi. Of kiwi's, the golden summaries are compared too.
"""
import glob
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

ALIKE = {"amd64": "x86_64", "arm64": "aarch64"}
ARCHITECTURE = "x86_64"


def words(element, attribute):
    return [word.strip() for word in element.get(attribute, "").split(",") if word.strip()]


def is_for(element):
    architectures = [ALIKE.get(name, name) for name in words(element, "arch")]
    return not architectures or ARCHITECTURE in architectures


def named(section, tag):
    return [element.get("name").strip() for element in section.findall(tag) if is_for(element)]


class Reading:
    def __init__(self, path):
        self.root = ET.parse(path).getroot()
        self.profiles = {profile.get("name"): profile for profile in self.root.iterfind("profiles/profile")}

    def selected(self, wish):
        chosen = [wish] if wish else [
            name for name, profile in self.profiles.items() if profile.get("import") in ("true", "1")
        ]
        for name in chosen:
            for required in self.profiles[name].findall("requires"):
                if is_for(required) and required.get("profile") not in chosen:
                    chosen.append(required.get("profile"))
        return chosen

    def sections(self, tag, chosen):
        for section in self.root.findall(tag):
            wanted = words(section, "profiles")
            if is_for(section) and (not wanted or set(wanted) & set(chosen)):
                yield section

    def narrowed(self, wish, type_name):
        """What counts for one choice."""
        chosen = self.selected(wish)
        packages = [(s.get("type"), named(s, "package")) for s in self.sections("packages", chosen)]
        archives = {"bootstrap": [], "image": []}
        for section in self.sections("packages", chosen):
            if section.get("type") in ("bootstrap", "image", type_name):
                stage = "bootstrap" if section.get("type") == "bootstrap" else "image"
                archives[stage] += [a.get("name") for a in section.findall("archive") if is_for(a)]
        containers = []
        for section in self.sections("packages", chosen):
            if section.get("type") == "image":
                containers += [c.get("name") for c in filter(is_for, section.findall("container"))]
        for section in self.sections("containers", chosen):
            for container in filter(is_for, section.findall("container")):
                place = [section.get("source"), container.get("path"), container.get("name")]
                containers.append(f"docker://{'/'.join(filter(None, place))}:{container.get('tag') or 'latest'}")
        return {
            "profiles": [name for name in self.profiles if name in chosen],
            "types": [t.get("image") for p in self.sections("preferences", chosen) for t in p.findall("type")],
            "repositories": [r.find("source").get("path") for r in self.sections("repository", chosen)],
            "users": [u.get("name") for s in self.sections("users", chosen) for u in s.findall("user")],
            "packages": packages,
            "archives": archives["bootstrap"] + archives["image"],
            "containers": containers,
        }

    def summary(self):
        """Everything, in the form of tests/data/description/corpus."""
        root = self.root
        lists = {
            "profiles": list(self.profiles),
            "types": [t.get("image") for t in root.iterfind("preferences/type")],
            "repositories": [s.get("path") for s in root.iterfind("repository/source")],
            "users": [u.get("name") for u in root.iterfind("users/user")],
            "packages": [f"{s.get('type')}/{p.get('name')}" for s in root.findall("packages") for p in s.findall("package")],
            "archives": [f"{s.get('type')}/{a.get('name')}" for s in root.findall("packages") for a in s.findall("archive")],
        }
        text = f"name: {root.get('name')}\n"
        return text + "".join(f"{kind} {len(all_)}: {' '.join(all_)}\n" for kind, all_ in lists.items() if all_)


def said(program, path, wish):
    command = [program, "info", "--json", "--target-arch", ARCHITECTURE, path]
    done = subprocess.run(command + (["--profile", wish] if wish else []), capture_output=True, text=True)
    if not done.stdout.startswith("{"):
        sys.exit(f"{' '.join(command)} {wish or ''}: {done.stderr}")
    info = json.loads(done.stdout)
    return info["type"], {
        "profiles": [p["name"] for p in info["profiles"] if p["selected"]],
        "types": [t["image"] for t in info["types"]],
        "repositories": [r["path"] for r in info["repositories"]],
        "users": [u["name"] for u in info["users"]],
        "packages": [(s["section"], [p["name"] for p in s["packages"]])
                     for s in info["packages"] if s["packages"] or not info["containers"]],
        "archives": [a["name"] for a in info["archives"]],
        "containers": [c["name"] for c in info["containers"]],
    }


def compare(program, path):
    """@return how many choices were compared, and what differs."""
    reading = Reading(path)
    wrong = []
    choices = [None, *reading.profiles]
    for wish in choices:
        type_name, info = said(program, path, wish)
        expected = reading.narrowed(wish, type_name)
        if info["containers"]:
            expected["packages"] = [s for s in expected["packages"] if s[1]]
        wrong += [f"{path}, profile {wish}: {kind}: {info[kind]} instead of {expected[kind]}"
                  for kind in expected if info[kind] != expected[kind]]
    return len(choices), wrong


def main():
    program = os.environ["IMGBUILD"]
    sources = os.environ["IMGBUILD_SOURCES"]
    corpus = os.environ.get("IMGBUILD_KIWI_CORPUS", os.path.join(sources, "../shared/corpus/kiwi"))
    kiwi = sorted(glob.glob(os.path.join(corpus, "*.kiwi")))
    own = sorted(glob.glob(os.path.join(sources, "descriptions/*/config.xml")))
    own += [os.path.join(sources, "tests/data", name) for name in ("cli/node/config.xml", "description/choices.xml")]
    wrong = []
    count = 0
    for path in own + kiwi:
        more, differences = compare(program, path)
        count += more
        wrong += differences
    for path in kiwi:
        name = os.path.splitext(os.path.basename(path))[0] + ".txt"
        with open(os.path.join(sources, "tests/data/description/corpus", name), encoding="utf-8") as file:
            if file.read() != Reading(path).summary():
                wrong.append(f"{path}: {name} is not what stands in it")
    print("\n".join(wrong + [f"{len(own)} of our descriptions and {len(kiwi)} of kiwi's, {count} choices"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
