// SPDX-License-Identifier: Apache-2.0
#include "naming/location.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "net/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace imgbuild::naming {

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
    PathScheme{"file://", Transport::archive},
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

/// For hints: what may stand in front of ":/".
constexpr std::array<std::string_view, 9> known_schemes = {
    "docker",
    "oci-archive",
    "docker-archive",
    "oci",
    "dir",
    "file",
    "obs",
    "obsrepositories",
    "obsregistry",
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

/// "PATH:REF" → both; the path may have colons of its own, so what exists decides.
std::optional<std::pair<std::string, std::string>> split_path(const std::string& path) {
    if (base::exists(path)) {
        return {{path, ""}};
    }
    for (std::size_t colon = path.rfind(':'); colon != std::string::npos && colon > 0;
         colon = path.rfind(':', colon - 1)) {
        if (base::exists(path.substr(0, colon))) {
            return {{path.substr(0, colon), path.substr(colon + 1)}};
        }
    }
    return std::nullopt;
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

const FarmScheme& farm_scheme_of(const Reference& reference) {
    return *std::find_if(farm_schemes.begin(), farm_schemes.end(), [&](const FarmScheme& scheme) {
        return reference.text.starts_with(scheme.prefix);
    });
}

Location locate_at_farm(const Reference& reference, const std::string& base_directory) {
    const FarmScheme& scheme = farm_scheme_of(reference);
    const std::string containers = below(base_directory, "containers");
    for (const std::string_view folder : scheme.folders) {
        for (const std::string& spelling : farm_spellings(reference.rest)) {
            for (const std::string_view suffix : archive_suffixes) {
                const std::string path = base::join_path(
                    containers, std::string(folder) + spelling + std::string(suffix));
                if (base::exists(path)) {
                    return {kind_of(path), reference.text, {}, path, ""};
                }
            }
        }
    }
    base::Error error(
        fmt::format(
            "{}: there is no such container below {}", base::printable(reference.text), containers),
        base::ExitCode::fetch);
    error.set_hint(fmt::format(
        "the farm puts it there, as {}{}.ociarchive for instance",
        scheme.folders.front(),
        reference.rest));
    throw error;
}

std::optional<Location> find_path(const Reference& reference, const std::string& base_directory) {
    const auto split = split_path(below(base_directory, reference.rest));
    if (!split) {
        return std::nullopt;
    }
    const bool is_open = reference.transport == Transport::archive;
    return Location{
        is_open ? kind_of(split->first) : reference.transport,
        reference.text,
        {},
        split->first,
        split->second};
}

Reference farm_reference(std::string_view text, const FarmScheme& scheme) {
    std::string name(text.substr(scheme.prefix.size()));
    name.erase(0, name.find_first_not_of('/'));
    const std::vector<std::string_view> parts = base::split(name, '/');
    if (name.empty() || std::find(parts.begin(), parts.end(), "..") != parts.end()) {
        throw base::UsageError(
            fmt::format("\"{}\" names no container of a build farm", base::printable(text)));
    }
    return {Reference::Kind::farm, std::string(text), {}, Transport::archive, std::move(name)};
}

/// Nothing for names without one of these schemes. A scheme is known by the "/" behind it, since
/// "localhost:5000/a" has none; other tools' schemes that need no "/" are known by name.
void refuse_unknown_scheme(std::string_view text) {
    const std::string_view scheme = text.substr(0, text.find(':'));
    const bool is_foreign =
        std::any_of(foreign_schemes.begin(), foreign_schemes.end(), [text](std::string_view one) {
            return text.starts_with(one);
        });
    if (!is_foreign && text.substr(scheme.size(), 2) != ":/") {
        return;
    }
    const std::vector<std::string_view> known(known_schemes.begin(), known_schemes.end());
    const bool is_known = std::find(known.begin(), known.end(), scheme) != known.end();
    const std::string near = is_foreign
                                 ? "copy the image to a registry or into an oci-archive: first"
                             : is_known ? ""
                                        : base::did_you_mean(scheme, known);
    UnknownScheme error(fmt::format(
        "\"{}\": imgbuild does not read {}", base::printable(text), base::printable(scheme)));
    error.set_hint(
        near.empty() ? "images come from docker://, oci:, oci-archive:, docker-archive:, dir: and "
                       "file://, or by a name such as registry.example/group/name:tag"
                     : near);
    throw error;
}

} // namespace

Reference parse_reference(std::string_view text) {
    for (const FarmScheme& scheme : farm_schemes) {
        if (text.starts_with(scheme.prefix)) {
            return farm_reference(text, scheme);
        }
    }
    for (const PathScheme& scheme : path_schemes) {
        if (text.starts_with(scheme.prefix)) {
            const std::string_view path = text.substr(scheme.prefix.size());
            if (path.empty()) {
                throw base::UsageError(fmt::format("\"{}\" names no file", base::printable(text)));
            }
            const bool is_url = scheme.transport == Transport::archive;
            return {
                Reference::Kind::path,
                std::string(text),
                {},
                scheme.transport,
                is_url ? net::percent_decode(path) : std::string(path)};
        }
    }
    constexpr std::string_view registry_scheme = "docker://";
    Reference reference;
    reference.text = text;
    if (text.starts_with(registry_scheme)) {
        reference.name = parse_image_name(text.substr(registry_scheme.size()));
    } else {
        refuse_unknown_scheme(text);
        reference.name = parse_short_or_full_name(text);
    }
    return reference;
}

Location locate(const Reference& reference, const std::string& base_directory) {
    if (reference.kind == Reference::Kind::registry) {
        return {Transport::registry, reference.text, reference.name, "", ""};
    }
    if (reference.kind == Reference::Kind::farm) {
        return locate_at_farm(reference, base_directory);
    }
    std::optional<Location> found = find_path(reference, base_directory);
    if (!found) {
        throw base::Error(
            fmt::format(
                "{}: there is no file {}",
                base::printable(reference.text),
                base::printable(below(base_directory, reference.rest))),
            base::ExitCode::fetch);
    }
    return std::move(*found);
}

std::optional<Location>
expected_location(const Reference& reference, const std::string& base_directory) {
    switch (reference.kind) {
    case Reference::Kind::registry:
        return locate(reference, base_directory);
    case Reference::Kind::farm:
        // Its file's name is one of these, with an ending.
        return Location{
            reference.transport, reference.text, {}, farm_spellings(reference.rest).front(), ""};
    case Reference::Kind::path:
        break;
    }
    std::optional<Location> found = find_path(reference, base_directory);
    if (!found && reference.rest.find(':') == std::string::npos) {
        return Location{reference.transport, reference.text, {}, reference.rest, ""};
    }
    return found;
}

Location parse_location(std::string_view text, const std::string& base_directory) {
    return locate(parse_reference(text), base_directory);
}

} // namespace imgbuild::naming
