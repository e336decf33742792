// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "description/description.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace imgbuild::description {

namespace {

/// Names of the files in a directory that end in ".kiwi", sorted.
std::vector<std::string> kiwi_files(const std::string& directory) {
    std::vector<std::string> names;
    std::error_code failure;
    auto entry = std::filesystem::directory_iterator(directory, failure);
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
        const std::filesystem::path& path = entry->path();
        if (path.extension() == ".kiwi" && !base::is_directory(path.string())) {
            names.push_back(path.filename().string());
        }
    }
    if (failure) {
        throw base::SystemError(failure.value(), fmt::format("reading directory {}", directory));
    }
    std::sort(names.begin(), names.end());
    return names;
}

[[noreturn]] void refuse(const std::string& message, std::string hint) {
    base::UsageError error(message);
    error.set_hint(std::move(hint));
    throw error;
}

void refuse_broken_link(const std::string& path) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ELOOP)) {
        refuse(
            fmt::format("{} is a link that leads nowhere", base::printable(path)),
            "put a copy in its place");
    }
}

void refuse_all_but_files(const std::string& path) {
    refuse_broken_link(path);
    struct stat status = {};
    if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
        refuse(
            fmt::format("{} is no file", base::printable(path)),
            "a description is a config.xml or a *.kiwi file");
    }
}

} // namespace

std::string find_description_file(const std::string& path) {
    const std::string shown = base::printable(path);
    if (!base::exists(path)) {
        refuse(
            fmt::format("there is no description {}", shown),
            "name a directory with a config.xml or one *.kiwi file, or the file itself");
    }
    if (!base::is_directory(path)) {
        refuse_broken_link(path);
        // May be a pipe, for who wants that.
        return path;
    }
    const std::string usual = base::join_path(path, "config.xml");
    if (base::exists(usual)) {
        refuse_all_but_files(usual);
        return usual;
    }
    const std::vector<std::string> names = kiwi_files(path);
    if (names.empty()) {
        refuse(
            fmt::format("directory {} holds no description", shown),
            "a description is a config.xml or a *.kiwi file");
    }
    if (names.size() > 1) {
        refuse(
            fmt::format(
                "directory {} holds several descriptions: {}",
                shown,
                base::printable(base::join(names, ", "))),
            "name the file");
    }
    std::string only = base::join_path(path, names.front());
    refuse_all_but_files(only);
    return only;
}

} // namespace imgbuild::description
