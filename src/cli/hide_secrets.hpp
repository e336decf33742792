// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace imgbuild::cli {

/// A description's text as it may be shown: the values of attributes whose names speak of passwords
/// (misspelt ones too) as asterisks, as many as there were characters, so that columns stay.
std::string hide_secrets(std::string text);

} // namespace imgbuild::cli
