#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which folder of src/ may include which: docs/architecture.md as a table, and the test that it is kept.

Arrows point down only. Folders of one layer do not know each other, but for the arrows in PEERS.
Outside libraries are each the business of one folder. `--self-test` shows that a breach is found."""

import re
import sys

from sources import files, finish, lines

LAYERS = [
    {"base"},
    {"xml", "net", "compress", "crypto", "process", "json", "helpers"},
    {"naming", "tree", "archive", "store", "root"},
    {"config", "description", "package", "oci", "pack"},
    {"check", "boot"},
    {"build", "images"},
    {"cli"},
]

# Arrows within one layer.
PEERS = {
    "net": {"crypto"},
    "archive": {"tree"},
    "store": {"tree"},
    "root": {"tree", "archive", "store"},
    "description": {"config"},
    "oci": {"config"},
    "images": {"build"},
}

# JSON is for what is written and read as JSON by a user or by imgbuild itself; keys and the image are not.
NOT_FOR = {"json": {"base", "tree", "archive", "store", "root", "pack", "description", "naming"}}

# Generated sources outside of src/, and who may read them.
GENERATED = {"schema": {"description"}, "xslt": {"description"}}

# The headers of outside libraries, and the folders that may include them.
LIBRARIES = [
    (r"libxml/|libxslt/|libexslt/", {"xml"}),
    (r"curl/", {"net"}),
    (r"archive\.h|archive_entry\.h", {"archive"}),
    (r"zlib\.h|libdeflate\.h|isa-l|igzip|zstd|lzma\.h|bzlib\.h", {"compress"}),
    (r"openssl/|crypt\.h", {"crypto"}),
    (r"nlohmann/", {"json"}),
    (r"toml\+\+/", {"config"}),
    (r"CLI/", {"cli"}),
    (r"seccomp\.h|linux/seccomp\.h", {"root"}),
    (r"sys/mount\.h|linux/mount\.h", {"process", "root"}),
]

# JSON in a header would reach everybody who includes it.
ONLY_IN_SOURCES = {"json/json.hpp": "json"}

INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def layer_of(folder):
    for number, layer in enumerate(LAYERS):
        if folder in layer:
            return number
    return None


def objection(name, own, other):
    """Why the file `name` may not include `own` ("folder/x.hpp") or `other` (<x.h>); None if it may."""
    folder = name.split("/")[1] if name.count("/") > 1 else "main"
    if other:
        for pattern, allowed in LIBRARIES:
            if re.match(pattern, other) and folder not in allowed:
                return f"<{other}> belongs to {' and '.join(sorted(allowed))}/"
        return None
    if "/" not in own:
        return f'"{own}" does not name its folder'
    target = own.split("/")[0]
    if own in ONLY_IN_SOURCES and name.endswith(".hpp") and folder != ONLY_IN_SOURCES[own]:
        return f'"{own}" may not stand in a header'
    if folder == "main":
        return None if target == "cli" else "src/main.cpp may include cli/ only"
    if target == folder:
        return None
    if target in GENERATED:
        return None if folder in GENERATED[target] else f"{folder}/ may not include {target}/"
    if layer_of(folder) is None or layer_of(target) is None:
        return f"the table of layers does not know {folder}/ or {target}/"
    below = layer_of(target) < layer_of(folder) or target in PEERS.get(folder, set())
    if not below or folder in NOT_FOR.get(target, set()):
        return f"{folder}/ may not include {target}/"
    return None


def includes(text_lines):
    for number, line in text_lines:
        match = INCLUDE.match(line)
        if match:
            yield number, match[1], match[2]


def check():
    findings = []
    for path in files("src", suffixes={".cpp", ".hpp"}):
        name = path.as_posix()
        for number, own, other in includes(lines(path)):
            reason = objection(name, own, other)
            if reason:
                findings.append(f"{name}:{number}: {reason}")
    return findings


def self_test():
    allowed = [
        ("src/base/file.cpp", '#include "base/error.hpp"'),
        ("src/build/plan.cpp", '#include "description/request.hpp"'),
        ("src/root/root.cpp", '#include "tree/inventory.hpp"'),
        ("src/net/client.cpp", "#include <curl/curl.h>"),
        ("src/build/plan.cpp", '#include "json/json.hpp"'),
        ("src/main.cpp", '#include "cli/run.hpp"'),
    ]
    forbidden = [
        ("src/base/file.cpp", '#include "xml/document.hpp"'),
        ("src/tree/scan.cpp", '#include "root/root.hpp"'),
        ("src/net/client.cpp", ' # include "process/process.hpp"'),
        ("src/package/apt.cpp", '#include "description/request.hpp"'),
        ("src/build/plan.cpp", '#include "cli/runtime.hpp"'),
        ("src/store/store.cpp", '#include "json/json.hpp"'),
        ("src/build/plan.hpp", '#include "json/json.hpp"'),
        ("src/build/plan.cpp", '#include "schema/imgbuild_schema.hpp"'),
        ("src/build/plan.cpp", "#include <curl/curl.h>"),
        ("src/build/plan.cpp", "#include <nlohmann/json.hpp>"),
        ("src/pack/packer.cpp", "#include <libdeflate.h>"),
        ("src/unknown/file.cpp", '#include "base/file.hpp"'),
        ("src/build/plan.cpp", '#include "plan.hpp"'),
        ("src/main.cpp", '#include "build/plan.hpp"'),
    ]
    findings = []
    for expected, cases in ((False, allowed), (True, forbidden)):
        for name, line in cases:
            [(_, own, other)] = includes([(1, line)])
            if (objection(name, own, other) is not None) != expected:
                findings.append(f"{name}: {line}: {'not found' if expected else 'refused'}")
    return findings


if __name__ == "__main__":
    finish(self_test() if "--self-test" in sys.argv else check())
