// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "archive/reader.hpp"
#include "tree/inventory.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// A line of a package's "triggers" file.
struct TriggerLine {
    enum class Kind { interest, activate };
    Kind kind = Kind::interest;
    /// Whoever activates it is not done before the trigger has been processed.
    bool awaits = true;
    /// A word, or a path in the root if it begins with a slash.
    std::string name;
};

/// What a package says about itself: the files of its control.tar.
struct DebControl {
    struct File {
        std::string content;
        tree::Entry entry;
    };

    /// By their names: "control", "preinst", "md5sums".
    std::map<std::string, File, std::less<>> files;
    /// From "conffiles": paths with a leading slash, in its order.
    std::vector<std::string> conffiles;
    /// From "triggers", in its order.
    std::vector<TriggerLine> triggers;
    /// Why only dpkg knows what to do with it; empty if we do too.
    std::string problem;

    /// The content of a file; nullptr if the package has none of that name.
    const std::string* find(std::string_view name) const;

    /// A field of "control"; empty if it has none.
    std::string_view field(std::string_view name) const;
};

/// @throws base::Error if the archive is damaged or far larger than any package's.
DebControl read_control(archive::Reader reader);

} // namespace imgbuild::package
