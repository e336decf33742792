#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every code of a message that the sources know has a section in docs/codes.md, and each section a use."""

import re

from sources import files, finish, lines

CODE = re.compile(r'"([ENW][0-9]{3})"')
HEADING = re.compile(r"### ([ENW][0-9]{3}) ")

if __name__ == "__main__":
    used = {}
    for path in files("src", suffixes={".cpp", ".hpp"}):
        for number, line in lines(path):
            for code in CODE.findall(line):
                used.setdefault(code, f"{path.as_posix()}:{number}")
    explained = [match[1] for _, line in lines("docs/codes.md") if (match := HEADING.match(line))]
    finish(
        [f"{place}: {code} has no section in docs/codes.md" for code, place in sorted(used.items())
         if code not in explained]
        + [f"docs/codes.md: no message has the code {code}" for code in explained if code not in used]
    )
