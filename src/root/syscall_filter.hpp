// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>

#include <vector>

namespace imgbuild::root {

/// The seccomp program for commands inside an image: refuses what no build needs and what would touch
/// the host's kernel (docs/security.md has the list), for the native and the 32-bit calls.
/// @param skip_sync fsync and its relatives report success and do nothing.
/// @throws base::Error
std::vector<sock_filter> build_syscall_filter(bool skip_sync);

} // namespace imgbuild::root
