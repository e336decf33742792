// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace imgbuild::config {

/// What source/@path or the URL of a mirror says.
struct RepositoryPath {
    /// The name in "mirror:NAME[/path]"; empty if the path is a location by itself.
    std::string mirror;
    /// A mirror's part behind the name, without slashes at its ends; else the URL (http, https, ftp or
    /// file), without a slash at its end.
    std::string location;
};

/// Reads http, https, ftp and file URLs, "dir:///path", an absolute path, and "mirror:NAME[/path]".
/// @throws base::UsageError with a hint if it is none of these; no secret is part of the message.
RepositoryPath parse_repository_path(std::string_view path);

} // namespace imgbuild::config
