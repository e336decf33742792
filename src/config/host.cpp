// SPDX-License-Identifier: Apache-2.0
#include "config/host.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace imgbuild::config {

namespace {

std::map<std::string, std::string> process_environment() {
    std::map<std::string, std::string> variables;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) {
            variables.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return variables;
}

/// From the user database.
std::string home_of_user(uid_t user) {
    constexpr std::size_t buffer_size = 16'384;
    std::string buffer(buffer_size, '\0');
    passwd entry = {};
    passwd* found = nullptr;
    if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
        return "";
    }
    return found->pw_dir;
}

} // namespace

Host Host::current() {
    auto environment = process_environment();
    if (environment["HOME"].empty()) {
        environment["HOME"] = home_of_user(::geteuid());
    }
    return {"", std::move(environment), ::geteuid() == 0};
}

Host::Host(std::string root, std::map<std::string, std::string> environment, bool is_superuser)
    : root_(std::move(root))
    , environment_(std::move(environment))
    , is_superuser_(is_superuser) {}

std::optional<std::string> Host::variable(const std::string& name) const {
    const auto found = environment_.find(name);
    if (found == environment_.end() || found->second.empty()) {
        return std::nullopt;
    }
    return found->second;
}

std::string Host::path(std::string_view absolute) const {
    return root_ + std::string(absolute);
}

std::optional<std::string> Host::home() const {
    return variable("HOME");
}

std::optional<std::string>
Host::user_directory(const std::string& variable_name, const std::string& below_home) const {
    const auto given = variable(variable_name);
    // A relative path in these variables counts as unset, says the XDG specification.
    if (given && given->front() == '/') {
        return base::join_path(*given, "imgbuild");
    }
    if (const auto directory = home()) {
        return base::join_path(base::join_path(*directory, below_home), "imgbuild");
    }
    return std::nullopt;
}

std::optional<std::string> Host::user_config_directory() const {
    return user_directory("XDG_CONFIG_HOME", ".config");
}

std::string Host::system_config_directory() const {
    return path("/etc/imgbuild");
}

std::string Host::default_store() const {
    if (is_superuser_) {
        return path("/var/cache/imgbuild");
    }
    const auto directory = user_directory("XDG_CACHE_HOME", ".cache");
    if (!directory) {
        base::UsageError error("there is no home directory to keep the store in");
        error.set_hint("set HOME, or name a directory with --store");
        throw error;
    }
    return *directory;
}

bool is_readable_file(const std::string& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           ::access(path.c_str(), R_OK) == 0;
}

std::vector<std::string> files_with_suffix(const std::string& directory, std::string_view suffix) {
    std::vector<std::string> paths;
    std::error_code failure;
    auto entry = std::filesystem::directory_iterator(directory, failure);
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
        const std::string name = entry->path().filename().string();
        const bool has_suffix =
            name.size() > suffix.size() &&
            name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
        if (has_suffix) {
            paths.push_back(entry->path().string());
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

} // namespace imgbuild::config
