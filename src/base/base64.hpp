// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace imgbuild::base {

/// With padding, on one line.
std::string base64_encode(std::string_view bytes);

/// Padding may be missing; blanks and line ends are passed over. Nothing if anything else is in it.
std::optional<std::string> base64_decode(std::string_view text);

} // namespace imgbuild::base
