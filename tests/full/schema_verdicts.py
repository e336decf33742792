#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what `imgbuild validate --schema-only` says of thousands of documents with what jing says.

    tests/full/schema_verdicts.py build/src/imgbuild SCHEMA.rng [--documents N] [--mutants N] [--seed S]
        [--superset] [DOCUMENT…]

jing is an independent reading of RELAX NG. The documents are made at random from SCHEMA, which is
schema/imgbuild.rng or any other one of the same language, such as that of an installed kiwi; each is
valid, and so are some of its mutants. Of documents that are given, mutants are made as well. With
--superset imgbuild may accept what SCHEMA does not, but never the other way round.
"""
import argparse
import copy
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from re import _parser as regex_parser

RNG = "{http://relaxng.org/ns/structure/1.0}"
SKIPPED = 77


class Schema:
    """Makes random documents that are valid for a schema."""

    deepest = 12

    def __init__(self, path, chance):
        self.chance = chance
        self.defines = {}
        self.start = None
        grammar = ET.parse(path).getroot()
        for node in grammar.iter():
            if node.tag == RNG + "define":
                self.defines.setdefault(node.get("name"), []).append(node)
            elif node.tag == RNG + "start":
                self.start = node

    def document(self):
        return next(part for part in self.all_of(self.start, 0) if isinstance(part, ET.Element))

    @staticmethod
    def operands(node):
        return [child for child in node if child.tag.startswith(RNG)]

    def all_of(self, node, depth):
        """Parts, in the order of the pattern: elements, (name, value) of attributes, and texts."""
        return [part for child in self.operands(node) for part in self.parts(child, depth)]

    def parts(self, node, depth):
        kind = node.tag.removeprefix(RNG)
        return getattr(self, "make_" + kind)(node, depth)

    def make_ref(self, node, depth):
        definitions = self.defines[node.get("name")]
        if len(definitions) > 1 and any(d.get("combine") == "interleave" for d in definitions):
            return [part for d in definitions for part in self.all_of(d, depth)]
        return self.all_of(self.chance.choice(definitions), depth)

    def make_group(self, node, depth):
        return self.all_of(node, depth)

    def make_interleave(self, node, depth):
        lists = [self.parts(child, depth) for child in self.operands(node)]
        order = [i for i, parts in enumerate(lists) for _ in parts]
        self.chance.shuffle(order)
        heads = [iter(parts) for parts in lists]
        return [next(heads[i]) for i in order]

    def make_choice(self, node, depth):
        return self.parts(self.chance.choice(self.operands(node)), depth)

    def make_optional(self, node, depth):
        return self.all_of(node, depth) if self.chance.random() < 0.3 else []

    def make_zeroOrMore(self, node, depth):
        times = 0 if depth > self.deepest else self.chance.choice([0, 0, 1, 1, 2, 3])
        return [part for _ in range(times) for part in self.all_of(node, depth)]

    def make_oneOrMore(self, node, depth):
        return [part for _ in range(self.chance.choice([1, 1, 2])) for part in self.all_of(node, depth)]

    def make_empty(self, _node, _depth):
        return []

    def make_text(self, _node, _depth):
        return [self.chance.choice(["", "some text", " padded ", "ü <&> ]]", "1.2.3", "a,b"])]

    def make_value(self, node, _depth):
        return [self.padded(node.text or "")]

    def make_data(self, node, _depth):
        facets = {child.get("name"): child.text for child in node if child.tag == RNG + "param"}
        made = {
            "boolean": lambda: self.chance.choice(["true", "false", "0", "1"]),
            "nonNegativeInteger": lambda: str(self.chance.choice([0, 1, 7, 4096, 10**12])),
            "integer": lambda: str(self.chance.randint(int(facets.get("minInclusive", -5)), 10**6)),
            "anyURI": lambda: self.chance.choice(["file:///x.xsd", "urn:a", "a b", ""]),
            "token": lambda: self.matching(facets["pattern"]) if "pattern" in facets else "a token",
            "string": lambda: "a string",
        }
        return [self.padded(made[node.get("type")]())]

    def padded(self, text):
        return self.chance.choice([text] * 8 + [f" {text}", f"{text}\n"])

    def matching(self, pattern):
        return "".join(self.characters(regex_parser.parse(pattern)))

    def characters(self, tree):
        for kind, value in tree:
            kind = str(kind).lower()
            if kind == "literal":
                yield chr(value)
            elif kind == "any":
                yield self.chance.choice("a/.:-")
            elif kind == "in":
                yield self.one_of(value)
            elif kind == "max_repeat":
                least, most, inner = value
                for _ in range(self.chance.randint(least, min(int(most), least + 3))):
                    yield from self.characters(inner)
            elif kind == "branch":
                yield from self.characters(self.chance.choice(value[1]))
            elif kind == "subpattern":
                yield from self.characters(value[3])
            else:
                raise ValueError(f"a pattern with {kind}")

    def one_of(self, members):
        kind, value = self.chance.choice(members)
        kind = str(kind).lower()
        if kind == "range":
            return chr(self.chance.randint(*value))
        return chr(value) if kind == "literal" else self.chance.choice("0123456789")

    def name(self, node):
        """The name that an element or attribute gets, and its content's patterns."""
        if node.get("name") is None:
            ns = "" if node.tag == RNG + "attribute" and self.chance.random() < 0.5 else "urn:other"
            local = self.chance.choice(["thing", "package", "data"])
            return (f"{{{ns}}}{local}" if ns else local), self.operands(node)[1:]
        name = node.get("name")
        if name.startswith("xsi:"):
            name = "{http://www.w3.org/2001/XMLSchema-instance}" + name.removeprefix("xsi:")
        return name, self.operands(node)

    def make_attribute(self, node, depth):
        name, inside = self.name(node)
        texts = [part for child in inside for part in self.parts(child, depth)] if inside else self.make_text(node, 0)
        return [(name, texts[0] if texts else "")]

    def make_element(self, node, depth):
        name, inside = self.name(node)
        element = ET.Element(name)
        for part in [part for child in inside for part in self.parts(child, depth + 1)]:
            if isinstance(part, tuple):
                element.set(*part)
            elif isinstance(part, str):
                add_text(element, part)
            else:
                element.append(part)
        return [element]


def add_text(element, text):
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


class Mutator:
    """Changes a document in one or two places."""

    def __init__(self, chance, names, attributes):
        self.chance = chance
        self.names = names
        self.attributes = attributes

    def mutant(self, document):
        root = copy.deepcopy(document)
        for _ in range(self.chance.choice([1, 1, 1, 2])):
            self.change(root)
        return root

    def change(self, root):
        parents = {child: parent for parent in root.iter() for child in parent}
        element = self.chance.choice(list(root.iter()))
        parent = parents.get(element)
        changes = [self.rename, self.misspell, self.set_text, self.add_attribute, self.comment]
        if element.attrib:
            changes += [self.drop_attribute, self.set_value, self.set_value, self.rename_attribute]
        if parent is not None:
            changes += [self.remove, self.repeat, self.move, self.reorder]
        self.chance.choice(changes)(root, element, parent)

    def rename(self, _root, element, _parent):
        element.tag = self.chance.choice(self.names)

    def misspell(self, _root, element, _parent):
        element.tag = self.chance.choice([element.tag + "x", element.tag.upper(), "{urn:other}" + element.tag])
        element.tag = re.sub(r"\{[^}]*\}\{", "{", element.tag)

    def set_text(self, _root, element, _parent):
        element.text = self.chance.choice(["", " ", "text", "true", "12", "-1", "apt", "en_US", "\n\t"])

    def comment(self, _root, element, _parent):
        node = self.chance.choice([ET.Comment(" why "), ET.ProcessingInstruction("editor", "x")])
        element.insert(self.chance.randint(0, len(element)), node)

    def add_attribute(self, _root, element, _parent):
        element.set(self.chance.choice(self.attributes), self.value())

    def drop_attribute(self, _root, element, _parent):
        del element.attrib[self.chance.choice(sorted(element.attrib))]

    def set_value(self, _root, element, _parent):
        element.set(self.chance.choice(sorted(element.attrib)), self.value())

    def rename_attribute(self, _root, element, _parent):
        name = self.chance.choice(sorted(element.attrib))
        element.set(self.chance.choice(self.attributes), element.attrib.pop(name))

    def value(self):
        return self.chance.choice(
            ["", " ", "x", "true", "TRUE", "yes", "+1", "-1", "01", "1.0", "12M", "all", "x86_64", "x86_64, ppc",
             "a b", "ü", "file:x", "image", "oem", "8.5", "2047", "2048", "99999999999999999999", "\u00a01"])

    def remove(self, _root, element, parent):
        parent.remove(element)

    def repeat(self, _root, element, parent):
        parent.insert(list(parent).index(element), copy.deepcopy(element))

    def move(self, root, element, parent):
        inside = set(element.iter())
        targets = [node for node in root.iter() if node not in inside and isinstance(node.tag, str)]
        parent.remove(element)
        target = self.chance.choice(targets)
        target.insert(self.chance.randint(0, len(target)), element)

    def reorder(self, _root, element, parent):
        parent.remove(element)
        parent.insert(self.chance.randint(0, len(parent)), element)


def jing_verdicts(schema, paths):
    """The files that are not valid."""
    wrong = set()
    done = subprocess.run(["jing", schema, *paths], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in done.stdout.splitlines():
        match = re.match(r"(?:file:)?(/.*?\.xml):\d+:\d+: (?:error|fatal)", line)
        if match:
            wrong.add(match[1])
        elif "error" in line or "fatal" in line:
            sys.exit(f"jing: {line}")
    return wrong


def imgbuild_verdicts(program, paths):
    """The files that are not valid, with the first message of each."""
    said = {}
    command = [program, "validate", "--schema-only", "--format", "json", *paths]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 2) or done.stderr:
        sys.exit(f"imgbuild ended with {done.returncode}: {done.stderr}")
    for line in done.stdout.splitlines():
        finding = json.loads(line)
        if finding["severity"] == "error":
            said.setdefault(finding["file"], f"{finding['code']} {finding['message']}")
    return said


def write(directory, number, root):
    path = os.path.join(directory, f"{number:06}.xml")
    ET.ElementTree(root).write(path, encoding="utf-8")
    return path


def main():
    parser = argparse.ArgumentParser(description="Compares the verdicts of imgbuild and of jing.")
    parser.add_argument("program")
    parser.add_argument("schema")
    parser.add_argument("given", nargs="*")
    parser.add_argument("--documents", type=int, default=200, help="made from the schema")
    parser.add_argument("--mutants", type=int, default=4, help="of each document")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--superset", action="store_true")
    parser.add_argument("--keep", help="directory for the documents")
    arguments = parser.parse_intermixed_args()
    if shutil.which("jing") is None:
        print("jing is not installed (apt-get install jing)")
        return 1 if os.environ.get("IMGBUILD_MUST_RUN") else SKIPPED

    chance = random.Random(arguments.seed)
    schema = Schema(arguments.schema, chance)
    roots = [ET.parse(path).getroot() for path in arguments.given]
    roots += [schema.document() for _ in range(arguments.documents)]
    elements = [node for root in roots for node in root.iter()]
    names = sorted({node.tag for node in elements})
    attributes = sorted({name for node in elements for name in node.attrib})
    mutator = Mutator(chance, names, attributes)
    count = stricter = milder = invalid = 0
    with tempfile.TemporaryDirectory() as made:
        directory = arguments.keep or made
        os.makedirs(directory, exist_ok=True)
        paths = []
        for root in roots:
            for document in [root] + [mutator.mutant(root) for _ in range(arguments.mutants)]:
                paths.append(write(directory, len(paths), document))
        for start in range(0, len(paths), 500):
            batch = paths[start:start + 500]
            wrong = jing_verdicts(arguments.schema, batch)
            said = imgbuild_verdicts(arguments.program, batch)
            count += len(batch)
            invalid += len(wrong)
            for path in batch:
                if path in said and path not in wrong:
                    stricter += 1
                    print(f"refused, but valid: {path}: {said[path]}")
                elif path in wrong and path not in said:
                    milder += 1
                    print(f"accepted, but not valid: {path}")
    print(f"{count} documents, {invalid} of them not valid: {stricter} refused wrongly, {milder} accepted wrongly")
    return 1 if stricter or (milder and not arguments.superset) else 0


if __name__ == "__main__":
    sys.exit(main())
