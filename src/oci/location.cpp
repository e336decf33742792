// SPDX-License-Identifier: Apache-2.0
#include "oci/location.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "net/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace imgbuild::oci {

namespace {

struct PathScheme {
    std::string_view prefix;
    Transport transport;
};

constexpr std::array path_schemes = {
    PathScheme{"oci-archive:", Transport::oci_archive},
    PathScheme{"docker-archive:", Transport::docker_archive},
    PathScheme{"oci:", Transport::layout},
    PathScheme{"dir:", Transport::directory},
};

/// Places that are no files and no registries: what podman and skopeo know besides.
constexpr std::array<std::string_view, 7> foreign_schemes = {
    "containers-storage:",
    "docker-daemon:",
    "docker-tarball:",
    "sif:",
    "ostree:",
    "atomic:",
    "tarball:",
};

struct FarmScheme {
    std::string_view prefix;
    /// Where the farm's workers put such images, below "containers".
    std::array<std::string_view, 3> folders;
};

constexpr std::array farm_schemes = {
    FarmScheme{"obs://", {"", "_obsrepositories/", ""}},
    FarmScheme{"obsrepositories:/", {"_obsrepositories/", "", ""}},
    FarmScheme{"obsregistry://", {"_obsregistry/", "", "_obsrepositories/"}},
};

constexpr std::array<std::string_view, 9> archive_suffixes = {
    "",
    ".ociarchive",
    ".oci.tar",
    ".docker.tar",
    ".tar",
    ".tar.gz",
    ".tar.xz",
    ".tar.zst",
    ".tar.bz2",
};

[[noreturn]] void refuse_missing(const std::string& text, const std::string& path) {
    throw base::Error(
        fmt::format("{}: there is no file {}", base::printable(text), base::printable(path)),
        base::ExitCode::fetch);
}

/// "PATH:REF" → both; the path may have colons of its own, so what exists decides.
std::pair<std::string, std::string> split_path(const std::string& path, const std::string& text) {
    if (base::exists(path)) {
        return {path, ""};
    }
    for (std::size_t colon = path.rfind(':'); colon != std::string::npos && colon > 0;
         colon = path.rfind(':', colon - 1)) {
        if (base::exists(path.substr(0, colon))) {
            return {path.substr(0, colon), path.substr(colon + 1)};
        }
    }
    refuse_missing(text, path);
}

std::string below(const std::string& directory, const std::string& path) {
    return path.starts_with('/') || directory.empty() ? path : base::join_path(directory, path);
}

/// A directory is a layout if it says so.
Transport kind_of(const std::string& path) {
    if (!base::is_directory(path)) {
        return Transport::archive;
    }
    return base::exists(base::join_path(path, "oci-layout")) ? Transport::layout
                                                             : Transport::directory;
}

Location at_path(std::string_view text, Transport transport, std::string path, std::string wanted) {
    return {transport, std::string(text), {}, std::move(path), std::move(wanted)};
}

/// The spellings under which a farm's worker may have stored "Debian:12/images/base:1.0".
std::vector<std::string> farm_spellings(std::string name) {
    // kiwi separates the tag by '#', since OBS uses ':' in the names of projects.
    std::replace(name.begin(), name.end(), '#', ':');
    std::vector<std::string> spellings = {name};
    const std::size_t last = name.rfind('/');
    if (name.find(':', last == std::string::npos ? 0 : last) == std::string::npos) {
        spellings.push_back(name + ":latest");
    }
    std::string split_project;
    for (const char c : name.substr(0, last == std::string::npos ? 0 : last)) {
        split_project += c;
        if (c == ':') {
            split_project += '/';
        }
    }
    if (!split_project.empty()) {
        spellings.push_back(split_project + name.substr(last));
    }
    return spellings;
}

Location
farm_location(std::string_view text, const FarmScheme& scheme, const std::string& base_directory) {
    std::string name(text.substr(scheme.prefix.size()));
    name.erase(0, name.find_first_not_of('/'));
    const std::vector<std::string_view> parts = base::split(name, '/');
    if (name.empty() || std::find(parts.begin(), parts.end(), "..") != parts.end()) {
        throw base::UsageError(
            fmt::format("\"{}\" names no container of a build farm", base::printable(text)));
    }
    const std::string containers = below(base_directory, "containers");
    for (const std::string_view folder : scheme.folders) {
        for (const std::string& spelling : farm_spellings(name)) {
            for (const std::string_view suffix : archive_suffixes) {
                const std::string path = base::join_path(
                    containers, std::string(folder) + spelling + std::string(suffix));
                if (base::exists(path)) {
                    return at_path(text, kind_of(path), path, "");
                }
            }
        }
    }
    base::Error error(
        fmt::format("{}: there is no such container below {}", base::printable(text), containers),
        base::ExitCode::fetch);
    error.set_hint(fmt::format(
        "the farm puts it there, as {}{}.ociarchive for instance", scheme.folders.front(), name));
    throw error;
}

std::optional<Location> path_location(std::string_view text, const std::string& base_directory) {
    for (const PathScheme& scheme : path_schemes) {
        if (text.starts_with(scheme.prefix)) {
            auto [path, wanted] = split_path(
                below(base_directory, std::string(text.substr(scheme.prefix.size()))),
                std::string(text));
            return at_path(text, scheme.transport, std::move(path), std::move(wanted));
        }
    }
    constexpr std::string_view file_scheme = "file://";
    if (text.starts_with(file_scheme)) {
        auto [path, wanted] = split_path(
            below(base_directory, net::percent_decode(text.substr(file_scheme.size()))),
            std::string(text));
        const Transport transport = kind_of(path);
        return at_path(text, transport, std::move(path), std::move(wanted));
    }
    return std::nullopt;
}

} // namespace

Location parse_location(std::string_view text, const std::string& base_directory) {
    for (const std::string_view prefix : foreign_schemes) {
        if (text.starts_with(prefix)) {
            base::UsageError error(fmt::format(
                "\"{}\": imgbuild does not read {}",
                base::printable(text),
                prefix.substr(0, prefix.size() - 1)));
            error.set_hint("copy the image to a registry or into an oci-archive: first");
            throw error;
        }
    }
    for (const FarmScheme& scheme : farm_schemes) {
        if (text.starts_with(scheme.prefix)) {
            return farm_location(text, scheme, base_directory);
        }
    }
    if (const auto location = path_location(text, base_directory)) {
        return *location;
    }
    constexpr std::string_view registry_scheme = "docker://";
    if (text.starts_with(registry_scheme)) {
        return {
            Transport::registry,
            std::string(text),
            parse_image_name(text.substr(registry_scheme.size())),
            "",
            ""};
    }
    if (text.find("://") != std::string_view::npos) {
        base::UsageError error(
            fmt::format("\"{}\" is no reference to a container image", base::printable(text)));
        error.set_hint("images come from docker://, oci:, oci-archive:, docker-archive:, dir: and "
                       "file://, or by a name such as registry.example/group/name:tag");
        throw error;
    }
    return {Transport::registry, std::string(text), parse_short_or_full_name(text), "", ""};
}

} // namespace imgbuild::oci
