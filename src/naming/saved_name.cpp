// SPDX-License-Identifier: Apache-2.0
#include "naming/saved_name.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace imgbuild::naming {

namespace {

struct ShortName {
    std::string repository;
    std::string tag;
};

/// "tools:1" of "/srv/tools:1.oci.tar".
std::string name_of_file(std::string path) {
    while (path.ends_with('/')) {
        path.pop_back();
    }
    path = path.substr(path.rfind('/') + 1);
    for (const std::string_view ending :
         {".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2", ".tar", ".ociarchive", ".oci", ".docker"}) {
        if (path.ends_with(ending)) {
            path.resize(path.size() - ending.size());
        }
    }
    return path;
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// A part of a repository's name: lower-case words with ".", "_", "__" or dashes between them. Anything
/// else between words becomes a dash.
std::string legal_repository(const std::string& name) {
    std::string legal;
    std::string between;
    for (const char c : base::to_lower(name)) {
        if (!is_letter_or_digit(c)) {
            between += c;
            continue;
        }
        if (!between.empty() && !legal.empty()) {
            const bool is_legal = between == "." || between == "_" || between == "__" ||
                                  between.find_first_not_of('-') == std::string::npos;
            legal += is_legal ? between : "-";
        }
        between.clear();
        legal += c;
    }
    return legal;
}

/// A tag begins with a word, and has room for 128 bytes.
std::string legal_tag(const std::string& text) {
    std::string legal;
    for (const char c : text) {
        if (is_letter_or_digit(c) || c == '_' || (!legal.empty() && (c == '.' || c == '-'))) {
            legal += c;
        } else if (!legal.empty() && legal.back() != '-') {
            legal += '-';
        }
    }
    legal.resize(std::min<std::size_t>(legal.size(), 128));
    while (legal.ends_with('-')) {
        legal.pop_back();
    }
    return legal.empty() ? "latest" : legal;
}

/// What a file is called, or the "name:tag" that was asked for in it.
ShortName name_of_local(const Location& location) {
    const std::string file = name_of_file(location.path);
    const std::size_t colon = std::min(file.rfind(':'), file.size());
    const std::string repository = legal_repository(file.substr(0, colon));
    if (repository.empty()) {
        base::UsageError error(
            fmt::format("{} gives its image no name", base::printable(location.text)));
        error.set_hint("rename the file: a name such as tools:1.0.oci.tar has letters of a to z or "
                       "digits");
        throw error;
    }
    const std::string tag =
        location.wanted.empty()
            ? file.substr(std::min(colon + 1, file.size()))
            : name_of_file(location.wanted.substr(location.wanted.rfind(':') + 1));
    return {repository, legal_tag(tag)};
}

ShortName short_name(const Location& location) {
    if (location.transport != Transport::registry) {
        return name_of_local(location);
    }
    const ImageName& name = location.name;
    return {
        name.path.substr(name.path.rfind('/') + 1),
        name.tag.empty() && name.digest ? "sha256-" + name.digest->hex().substr(0, 12)
                                        : name.effective_tag()};
}

} // namespace

ArchiveFormat archive_format(std::string_view name) {
    if (name.empty() || name == "oci-archive") {
        return ArchiveFormat::oci_archive;
    }
    if (name == "docker-archive") {
        return ArchiveFormat::docker_archive;
    }
    if (name == "oci-dir") {
        return ArchiveFormat::oci_directory;
    }
    throw base::UsageError(fmt::format("\"{}\" is no format of saved containers", name));
}

std::string save_path(const std::string& save_as, ArchiveFormat format, const Location& location) {
    if (!save_as.ends_with('/')) {
        return save_as;
    }
    const ShortName parts = short_name(location);
    const std::string name = parts.repository + "_" + parts.tag;
    switch (format) {
    case ArchiveFormat::oci_archive:
        return save_as + name + ".oci.tar";
    case ArchiveFormat::docker_archive:
        return save_as + name + ".docker.tar";
    default:
        return save_as + name;
    }
}

std::pair<std::string, std::string> local_name(const Location& location) {
    const ShortName parts = short_name(location);
    return {"localhost/" + parts.repository, parts.tag};
}

} // namespace imgbuild::naming
