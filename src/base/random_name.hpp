// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace imgbuild::base {

/// 16 hexadecimal digits nobody else has: for temporary names. Not for secrets.
std::string random_name();

} // namespace imgbuild::base
