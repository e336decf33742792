#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What is packed must not depend on the processor: the encoders choose their code by what it offers.
#
#     same_on_every_cpu.sh ENCODE_DIGEST
set -eu
encode_digest=$1

qemu=$(command -v qemu-x86_64-static || command -v qemu-x86_64 || true)
if [ -z "$qemu" ] || [ "$(uname -m)" != x86_64 ]; then
    echo "not run: needs qemu-x86_64-static (package qemu-user-static) on x86_64"
    [ "${IMGBUILD_MUST_RUN:-0}" = 1 ] && exit 1
    exit 77
fi

wanted=$("$encode_digest")
echo "$wanted"
for cpu in Nehalem Haswell max; do
    # Which features a model has that qemu can't emulate is of no interest here.
    found=$("$qemu" -cpu "$cpu" "$encode_digest" 2>/dev/null)
    if [ "$found" != "$wanted" ]; then
        echo "FAILED: other bytes on $cpu:"
        echo "$found"
        exit 1
    fi
done
