// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

namespace imgbuild::root {

/// `openat2` inside the directory `root`: absolute links and ".." stay inside, magic links are
/// refused, O_CLOEXEC is added. Allocates nothing, so it may be used between fork and exec.
/// @returns a descriptor, or -1 with errno.
int open_confined(int root, const char* path, int flags, mode_t mode = 0) noexcept;

} // namespace imgbuild::root
