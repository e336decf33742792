// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace imgbuild::root {

/// Makes the empty file `target` have the content of `source`: as a clone where the file system can,
/// else as a copy that keeps the holes. @param name of the target for messages.
void copy_data(int source, int target, std::uint64_t size, const std::string& name);

} // namespace imgbuild::root
