#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Killed at random moments: the next build succeeds, and nothing is left. tests/full does it more often.
. "$(dirname "$0")/common.sh"
. "$here/traces.sh"
need_installed_node
kill_randomly 3 3
