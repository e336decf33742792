// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What lies beside a description, in its directory, and becomes part of the image.
 */
#pragma once

#include "description/request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::description {

/// Paths of what is there; nothing for what is not.
struct Beside {
    struct ProfileTree {
        std::string profile;
        std::string path;
    };

    /// The directory "root".
    std::optional<std::string> overlay_tree;
    /// "root.tar.gz", else "root.tar.xz", where there is no directory "root".
    std::optional<std::string> overlay_archive;
    /// Directories named as selected profiles, in the order of Request::profiles.
    std::vector<ProfileTree> profile_trees;

    /// As many as the request has, in its order.
    std::vector<std::string> bootstrap_archives;
    std::vector<std::string> image_archives;
    std::vector<std::string> bootstrap_files;
    std::vector<std::string> image_files;

    std::optional<std::string> post_bootstrap_script;
    std::optional<std::string> config_script;
    std::optional<std::string> images_script;
    std::optional<std::string> debconf_seed;
    std::optional<std::string> apt_preferences;
};

/// Looks around a description. Links that lead out of its directory are refused.
/// @throws base::UsageError if an archive or file of the request is not there any more (`check` finds
///         that first), or if a script or tree is a link that leads out of the directory.
Beside look_beside(const Request& request);

/// The directory of a file, "." and "/" included.
std::string directory_of(const std::string& file);

enum class SourceState { there, missing, outside, not_a_file };

struct Source {
    SourceState state = SourceState::missing;
    std::string path;
};

/// A file that the description names. "Outside" is one with ".." in its name, an absolute one elsewhere,
/// or one that a link leads out of the directory.
Source find_source(const std::string& directory, const std::string& name);

/// The path of a key in a local file: "file:key.asc" is beside the description, "file:///…" is absolute.
/// Nothing for keys that are fetched.
std::optional<std::string> local_key_path(const std::string& directory, std::string_view key);

} // namespace imgbuild::description
