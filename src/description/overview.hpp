// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What one build would make of a description, with what it leaves out, for people.
 */
#pragma once

#include "base/diagnostic.hpp"
#include "description/description.hpp"
#include "description/request.hpp"
#include "description/selection.hpp"

#include <string>
#include <vector>

namespace imgbuild::description {

struct TypeOverview {
    std::string image;
    bool is_chosen = false;
    Position position;
};

struct ProfileOverview {
    Profile profile;
    bool is_selected = false;
};

/// A <packages> section that the profiles and the architecture select.
struct PackagesOverview {
    /// packages/@type; of what the command line adds, the option.
    std::string type;
    std::vector<std::string> profiles;
    Position position;
    std::vector<NamedItem> packages;
    std::vector<NamedItem> ignored;
    /// False for sections of other types.
    bool takes_part = true;
};

struct Overview {
    Request request;
    std::vector<base::Diagnostic> diagnostics;
    /// Those that profiles and architecture select.
    std::vector<TypeOverview> types;
    std::vector<ProfileOverview> profiles;
    std::vector<PackagesOverview> packages;
    /// Names beside the description: scripts in the order they run, then trees in the order they are copied.
    std::vector<std::string> scripts;
    std::vector<std::string> trees;
};

Overview overview_of(const Description& description, const Selection& selection);

} // namespace imgbuild::description
