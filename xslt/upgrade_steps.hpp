// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The stylesheets that bring older descriptions to the current form, compiled into the program.
 *
 * Each element carries its number in `element:number` (urn:imgbuild:element), which a step must
 * keep. Where an attribute changes its name, the step says so for the sake of messages: an attribute
 * of the new name in urn:imgbuild:origin holds the old one, or "NUMBER/name" if it stood at another
 * element.
 */
#pragma once

#include <string_view>
#include <vector>

namespace imgbuild::xslt {

struct UpgradeStep {
    /// Schema versions: "7.4", "7.5".
    std::string_view from;
    std::string_view to;
    std::string_view stylesheet;
};

/// Oldest first; each begins with the version that the one before it ends with.
const std::vector<UpgradeStep>& upgrade_steps();

/// Brings kiwi's <containers> to the form that the program works with; for the current version.
std::string_view containers_step();

} // namespace imgbuild::xslt
