#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Killed at twenty random moments; tests/cli/kill.sh does it three times. IMGBUILD and the others as
# tests/cli/common.sh says.
. "$(dirname "$0")/../cli/common.sh"
. "$here/traces.sh"
need_installed_node
kill_randomly 20 8
