#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""documented_lines.py PAGE: the command lines of imgbuild in a Markdown page, one a line, each once."""

import re
import sys

COMMAND = re.compile(r"`([^`\n]*\bimgbuild (?:image|container|build) [^`\n]+)`")


def main():
    with open(sys.argv[1], encoding="utf-8") as page:
        # Lines about all verbs name none.
        found = [line for line in COMMAND.findall(page.read()) if " VERB" not in line]
    print("\n".join(dict.fromkeys(found)))


main()
