// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace imgbuild::base {

/// In single quotes, as one word for a shell.
std::string shell_quoted(std::string_view text);

/// The same; a word that no shell would change stays as it is.
std::string shell_word(std::string_view text);

} // namespace imgbuild::base
