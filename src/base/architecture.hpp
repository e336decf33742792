// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace imgbuild::base {

/// A processor architecture in kiwi's words ("x86_64", "aarch64", …), the form used everywhere
/// inside imgbuild and in file names.

/// kiwi's word for `name`, which may be kiwi's or Debian's ("amd64" → "x86_64"); nothing if it is
/// not an architecture that kiwi's schema knows.
std::optional<std::string> canonical_architecture(std::string_view name);

/// Debian's word for an architecture in kiwi's words ("x86_64" → "amd64"); nothing if Debian has none.
std::optional<std::string> debian_architecture(std::string_view kiwi_name);

/// The architecture this program was built for, in kiwi's words.
std::string host_architecture();

/// True if `architecture` is in `list` ("x86_64,arm64"), each by any of its names.
/// An empty list stands for every architecture.
bool architecture_list_contains(std::string_view list, std::string_view architecture);

} // namespace imgbuild::base
