// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace imgbuild::build {

/// How many logs of failed builds a store keeps.
constexpr std::size_t kept_logs = 20;

/// Where a new build log goes: "STORE/logs/VERB-RANDOM.log". A good build removes its log; of those that
/// failed builds left, all but the newest are removed here. Safe beside other builds.
/// @param verb the command that builds. @throws base::SystemError if there can't be such a place.
std::string new_log_path(const std::string& store_path, std::string_view verb);

} // namespace imgbuild::build
