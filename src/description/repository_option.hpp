// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "description/findings.hpp"
#include "description/request.hpp"

#include <string>

namespace imgbuild::description {

/// Changes `repository` as `--add-repo` and `--set-repo` say, in kiwi's comma fields:
/// source, type, alias, priority, imageinclude, package_gpgcheck, {signing_keys}, components,
/// distribution, repository_gpgcheck, sourcetype. Fields left out or empty change nothing; signing
/// keys are separated by ";", components by blanks. Reports fields that make no sense.
/// @param option "--add-repo" or "--set-repo", for messages.
void apply_repository_option(
    const std::string& option,
    const std::string& value,
    Repository& repository,
    Findings& findings);

} // namespace imgbuild::description
