// SPDX-License-Identifier: Apache-2.0
#include "config/repository_path.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "net/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace imgbuild::config {

namespace {

[[noreturn]] void refuse(std::string_view path, const std::string& problem, std::string hint) {
    // Shown as written unless there is something to hide.
    const std::string clean = net::without_secrets(path);
    const bool is_harmless = base::to_lower(clean) == base::to_lower(path);
    base::UsageError error(fmt::format(
        "\"{}\" {}", base::printable(is_harmless ? path : std::string_view(clean)), problem));
    error.set_hint(std::move(hint));
    throw error;
}

bool is_mirror_name(std::string_view name) {
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.' || c == '+';
    };
    return !name.empty() && std::all_of(name.begin(), name.end(), is_allowed);
}

/// Blanks, line ends and the like would also end the URL where it is written into a list of sources.
bool is_never_in_url(char c) {
    constexpr unsigned char blank = 0x20;
    constexpr unsigned char delete_character = 0x7F;
    const auto byte = static_cast<unsigned char>(c);
    return byte <= blank || byte == delete_character || c == '"' || c == '<' || c == '>';
}

std::string_view without_trailing_slashes(std::string_view text) {
    while (text.size() > 1 && text.back() == '/') {
        text.remove_suffix(1);
    }
    return text;
}

RepositoryPath parse_mirror(std::string_view path, std::string_view rest) {
    const std::size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    if (!is_mirror_name(name)) {
        refuse(
            path,
            "names no mirror",
            "write \"mirror:NAME\" or \"mirror:NAME/path\", such as \"mirror:debian\"");
    }
    std::string_view below = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
    while (!below.empty() && below.front() == '/') {
        below.remove_prefix(1);
    }
    while (!below.empty() && below.back() == '/') {
        below.remove_suffix(1);
    }
    return {std::string(name), std::string(below)};
}

/// A local directory from what stands behind "file:" or "dir:": "/path", "///path".
RepositoryPath parse_local(std::string_view path, std::string_view rest) {
    if (rest.substr(0, 2) == "//") {
        rest.remove_prefix(2);
    }
    if (rest.empty() || rest.front() != '/') {
        refuse(path, "is no absolute path", "write \"file:///path\" or the path itself");
    }
    return {"", "file://" + std::string(without_trailing_slashes(rest))};
}

} // namespace

RepositoryPath parse_repository_path(std::string_view path) {
    if (std::any_of(path.begin(), path.end(), is_never_in_url)) {
        refuse(path, "has characters that no URL has", "write a blank as %20");
    }
    if (!path.empty() && path.front() == '/') {
        return parse_local(path, path);
    }
    const std::size_t colon = path.find(':');
    const std::string scheme = base::to_lower(path.substr(0, colon));
    const std::string_view rest = colon == std::string_view::npos ? "" : path.substr(colon + 1);
    if (scheme == "mirror") {
        return parse_mirror(path, rest);
    }
    if (scheme == "file" || scheme == "dir") {
        return parse_local(path, rest);
    }
    const bool is_remote = scheme == "http" || scheme == "https" || scheme == "ftp";
    if (!is_remote || colon == std::string_view::npos) {
        refuse(
            path,
            "is no place that packages can be fetched from",
            "write a URL (http, https, ftp, file, dir), an absolute path, or \"mirror:NAME\"");
    }
    if (rest.substr(0, 2) != "//" || rest.size() == 2 || rest[2] == '/') {
        refuse(path, "names no host", fmt::format("write \"{}://host/path\"", scheme));
    }
    return {"", scheme + ":" + std::string(without_trailing_slashes(rest))};
}

} // namespace imgbuild::config
