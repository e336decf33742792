#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/reference.md must be what the program makes of the schema's comments.
set -euo pipefail

if ! diff -u "$1" "$2"; then
    echo "run: build/src/imgbuild schema --reference > docs/reference.md"
    exit 1
fi
