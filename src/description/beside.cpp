// SPDX-License-Identifier: Apache-2.0
#include "description/beside.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace imgbuild::description {

namespace {

bool has_dot_dot(std::string_view name) {
    const auto parts = base::split(name, '/');
    return std::find(parts.begin(), parts.end(), "..") != parts.end();
}

bool is_inside(const std::string& path, const std::string& directory) {
    const std::string prefix = base::join_path(directory, "");
    return path.compare(0, prefix.size(), prefix) == 0;
}

/// A file or directory with a fixed name, if it is there.
std::optional<std::string> find_fixed(const Request& request, const std::string& name) {
    const std::string path = base::join_path(request.directory, name);
    if (!base::exists(path)) {
        return std::nullopt;
    }
    const std::string target = base::try_real_path(path).value_or("");
    if (!is_inside(target, base::try_real_path(request.directory).value_or(""))) {
        base::UsageError error(fmt::format(
            "{} is a link that leads {}",
            path,
            target.empty() ? "nowhere" : "out of the description's directory"));
        error.set_hint("put a copy in its place");
        throw error;
    }
    return path;
}

std::optional<std::string> find_file(const Request& request, const std::string& name) {
    auto path = find_fixed(request, name);
    if (path && base::is_directory(*path)) {
        throw base::UsageError(fmt::format("{} is a directory, not a file", *path));
    }
    return path;
}

std::optional<std::string> find_tree(const Request& request, const std::string& name) {
    auto path = find_fixed(request, name);
    return path && base::is_directory(*path) ? path : std::nullopt;
}

template <typename T>
std::vector<std::string> source_paths(const Request& request, const std::vector<T>& items) {
    std::vector<std::string> paths;
    for (const T& item : items) {
        Source source = find_source(request.directory, item.name);
        if (source.state != SourceState::there) {
            base::UsageError error(fmt::format("{} is no longer there", source.path));
            error.at(item.position);
            throw error;
        }
        paths.push_back(std::move(source.path));
    }
    return paths;
}

} // namespace

std::string directory_of(const std::string& file) {
    const std::size_t slash = file.rfind('/');
    if (slash == std::string::npos) {
        return ".";
    }
    return slash == 0 ? "/" : file.substr(0, slash);
}

Source find_source(const std::string& directory, const std::string& name) {
    const bool is_absolute = !name.empty() && name.front() == '/';
    Source source;
    source.path = is_absolute ? name : base::join_path(directory, name);
    if (name.empty()) {
        return source;
    }
    const std::string root = base::try_real_path(directory).value_or("");
    if (has_dot_dot(name)) {
        source.state = SourceState::outside;
        return source;
    }
    const std::string target = base::try_real_path(source.path).value_or("");
    if (target.empty()) {
        const bool may_be_inside =
            !is_absolute || is_inside(name, root) || is_inside(name, directory);
        source.state = may_be_inside ? SourceState::missing : SourceState::outside;
    } else if (!is_inside(target, root)) {
        source.state = SourceState::outside;
    } else {
        struct stat status = {};
        const bool is_file = ::stat(target.c_str(), &status) == 0 && S_ISREG(status.st_mode);
        source.state = is_file ? SourceState::there : SourceState::not_a_file;
    }
    return source;
}

std::optional<std::string> local_key_path(const std::string& directory, std::string_view key) {
    constexpr std::string_view scheme = "file:";
    if (key.substr(0, scheme.size()) != scheme) {
        return std::nullopt;
    }
    key.remove_prefix(scheme.size());
    if (key.substr(0, 2) == "//") {
        key.remove_prefix(2);
    }
    if (!key.empty() && key.front() == '/') {
        return std::string(key);
    }
    return base::join_path(directory, key);
}

Beside look_beside(const Request& request) {
    Beside beside;
    beside.overlay_tree = find_tree(request, "root");
    if (const auto path = find_fixed(request, "root"); path && !beside.overlay_tree) {
        throw base::UsageError(fmt::format("{} is a file, not a directory", *path))
            .set_hint("root/ is a tree that goes over the packages' files; an archive of one is "
                      "called root.tar.gz or root.tar.xz");
    }
    for (const char* const name : {"root.tar.gz", "root.tar.xz"}) {
        if (!beside.overlay_tree && !beside.overlay_archive) {
            beside.overlay_archive = find_file(request, name);
        }
    }
    for (const std::string& profile : request.profiles) {
        if (auto path = find_tree(request, profile)) {
            beside.profile_trees.push_back({profile, std::move(*path)});
        }
    }
    beside.bootstrap_archives = source_paths(request, request.bootstrap_archives);
    beside.image_archives = source_paths(request, request.image_archives);
    beside.bootstrap_files = source_paths(request, request.bootstrap_files);
    beside.image_files = source_paths(request, request.image_files);
    beside.post_bootstrap_script = find_file(request, "post_bootstrap.sh");
    beside.config_script = find_file(request, "config.sh");
    beside.images_script = find_file(request, "images.sh");
    beside.debconf_seed = find_file(request, "debconf.seed");
    beside.apt_preferences = find_file(request, "apt-preferences");
    return beside;
}

} // namespace imgbuild::description
