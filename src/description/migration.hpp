// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "description/include.hpp"

#include <string>
#include <vector>

namespace imgbuild::description {

/// A file of a description, as it is and as it should be.
struct MigratedFile {
    std::string path;
    std::string before;
    std::string after;
};

/// The current form of a description, as changes in the user's own text: what need not change stays
/// as it was written. The first file is the description, whether it changes or not; behind it stand the
/// included ones that change.
/// @param path a file or directory, as for Description::load.
/// @throws base::UsageError, base::DescriptionError as Description::load does; also if something must
///         change that an entity brought.
std::vector<MigratedFile> migrate(const std::string& path);

/// The same with files from elsewhere. @param file what `read` is first asked for.
std::vector<MigratedFile> migrate(const std::string& file, const FileReader& read);

} // namespace imgbuild::description
