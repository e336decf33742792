// SPDX-License-Identifier: Apache-2.0
#include "build/restored_xattrs.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "build/boot_units.hpp"

#include <sys/stat.h>

#include <map>
#include <string_view>
#include <vector>

namespace imgbuild::build {

namespace {

using Paths = std::set<std::string, std::less<>>;

/// Lines "CAPABILITIES /PATH".
void add_capabilities(std::string_view list, Paths& paths) {
    for (const std::string_view line : base::split_lines(list)) {
        if (const std::size_t slash = line.find(" /"); slash != std::string_view::npos) {
            paths.emplace(line.substr(slash + 2));
        }
    }
}

/// Lines "a /PATH …" of tmpfiles.d(5), with any modifiers behind the letter; "A" is for all below too,
/// yet what is there when a node boots is as the image has it, so the path itself is what counts.
void add_acls(std::string_view rules, Paths& paths) {
    for (const std::string_view line : base::split_lines(rules)) {
        const std::vector<std::string_view> words = base::split_words(line);
        const bool sets_acl =
            words.size() > 1 && (words[0].starts_with('a') || words[0].starts_with('A'));
        if (sets_acl && words[1].starts_with('/')) {
            paths.emplace(words[1].substr(1));
        }
    }
}

/// The files of tmpfiles.d by name: those of the site hide the system's of the same name.
std::map<std::string, std::string> tmpfiles(const root::Root& root) {
    std::map<std::string, std::string> files;
    for (const char* const directory : {"usr/lib/tmpfiles.d", "etc/tmpfiles.d"}) {
        if (!root.target_status(directory)) {
            continue;
        }
        for (const std::string& name : root.list(directory)) {
            if (name.ends_with(".conf")) {
                files[name] = base::join_path(directory, name);
            }
        }
    }
    return files;
}

} // namespace

std::set<std::string, std::less<>> restored_xattrs(const root::Root& root) {
    Paths paths;
    add_capabilities(root.try_read(capability_list_path).value_or(""), paths);
    for (const auto& [name, path] : tmpfiles(root)) {
        // A link to /dev/null, as an administrator masks a file, is no regular file: nothing to read.
        const auto status = root.target_status(path);
        if (status && S_ISREG(status->st_mode)) {
            add_acls(root.read(path), paths);
        }
    }
    return paths;
}

} // namespace imgbuild::build
