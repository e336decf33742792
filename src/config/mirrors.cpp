// SPDX-License-Identifier: Apache-2.0
#include "config/mirrors.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "config/apt_sources.hpp"
#include "config/repository_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

namespace imgbuild::config {

namespace {

struct OfficialMirror {
    std::string_view name;
    std::string_view url;
};

constexpr std::array official_mirrors = {
    OfficialMirror{"debian", "http://ftp.debian.org/debian"},
    OfficialMirror{"debian-security", "http://security.debian.org/debian-security"},
};

/// The origin of what the command line says.
constexpr std::string_view option_origin = "--mirror";

constexpr std::size_t largest_file = std::size_t{1} << 20U;

std::optional<std::string> official_url(std::string_view name) {
    for (const OfficialMirror& mirror : official_mirrors) {
        if (mirror.name == name) {
            return std::string(mirror.url);
        }
    }
    return std::nullopt;
}

[[noreturn]] void
refuse(const std::string& message, std::string hint, const base::Position& position) {
    base::UsageError error(message);
    error.set_hint(std::move(hint));
    error.at(position);
    throw error;
}

/// "scheme://user:password@host/path" without user and password.
std::string without_user(const std::string& url) {
    const std::size_t start = url.find("://");
    if (start == std::string::npos) {
        return url;
    }
    const std::size_t host = start + 3;
    const std::size_t at = url.rfind('@', url.find('/', host));
    return at == std::string::npos || at < host ? url : url.substr(0, host) + url.substr(at + 1);
}

/// A name and its URL from "NAME=URL" in an option or a line of mirrors.conf.
std::pair<std::string, std::string>
parse_assignment(std::string_view text, const base::Position& position) {
    const std::size_t equals = text.find('=');
    const std::string_view name = base::trim(text.substr(0, equals));
    const std::string_view url =
        equals == std::string_view::npos ? "" : base::trim(text.substr(equals + 1));
    if (name.empty() || url.empty()) {
        refuse(
            "this is no mirror", "write NAME = URL, such as debian = http://host/debian", position);
    }
    try {
        if (!parse_repository_path(fmt::format("mirror:{}", name)).location.empty()) {
            refuse(fmt::format("\"{}\" can't be the name of a mirror", name), "", position);
        }
        const RepositoryPath path = parse_repository_path(url);
        if (!path.mirror.empty()) {
            refuse(
                fmt::format("mirror \"{}\" points to another mirror", name),
                "write its URL",
                position);
        }
        return {std::string(name), path.location};
    } catch (base::Error& error) {
        error.at(position);
        throw;
    }
}

/// One value of os-release.
std::string os_release_value(std::string_view text, std::string_view key) {
    for (const std::string_view line : base::split_lines(text)) {
        const std::size_t equals = line.find('=');
        if (equals != std::string_view::npos && line.substr(0, equals) == key) {
            std::string_view value = base::trim(line.substr(equals + 1));
            if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                value.back() == value.front()) {
                value = value.substr(1, value.size() - 2);
            }
            return std::string(value);
        }
    }
    return "";
}

struct OsRelease {
    std::string id;
    std::string codename;
};

OsRelease read_os_release(const Host& host) {
    for (const char* const name : {"/etc/os-release", "/usr/lib/os-release"}) {
        const std::string file = host.path(name);
        if (is_readable_file(file)) {
            const std::string text = base::read_file(file, largest_file);
            return {os_release_value(text, "ID"), os_release_value(text, "VERSION_CODENAME")};
        }
    }
    return {};
}

/// The mirror's name that a source of the host stands for; empty if it is not the distribution's own.
std::string mirror_name_of(const AptSource& source, const OsRelease& system) {
    const bool has_main = std::find(source.components.begin(), source.components.end(), "main") !=
                          source.components.end();
    if (source.is_third_party || !has_main) {
        return "";
    }
    const std::string release = source.suite.substr(0, source.suite.find_first_of("-/"));
    constexpr std::array<std::string_view, 5> aliases = {
        "stable", "oldstable", "testing", "unstable", "sid"};
    const bool is_own = release == system.codename ||
                        std::find(aliases.begin(), aliases.end(), release) != aliases.end();
    if (!is_own) {
        return "";
    }
    const bool is_security =
        source.suite.ends_with("-security") || source.suite.ends_with("/updates");
    return system.id + (is_security ? "-security" : "");
}

} // namespace

Mirrors Mirrors::load(const Host& host, const std::vector<std::string>& options) {
    Mirrors mirrors;
    mirrors.read_options(options);
    if (const auto directory = host.user_config_directory()) {
        mirrors.read_configuration(base::join_path(*directory, "mirrors.conf"));
    }
    mirrors.read_configuration(base::join_path(host.system_config_directory(), "mirrors.conf"));
    mirrors.read_host_sources(host);
    for (const OfficialMirror& mirror : official_mirrors) {
        mirrors.add(mirror.name, mirror.url, "built in");
    }
    return mirrors;
}

Location Mirrors::resolve(std::string_view path, const base::Position& position) const {
    RepositoryPath parsed;
    try {
        parsed = parse_repository_path(path);
    } catch (base::Error& error) {
        error.at(position);
        throw;
    }
    if (parsed.mirror.empty()) {
        return {parsed.location, without_user(parsed.location), "the description"};
    }
    const auto found = std::find_if(mirrors_.begin(), mirrors_.end(), [&](const Mirror& mirror) {
        return mirror.name == parsed.mirror;
    });
    if (found == mirrors_.end()) {
        std::vector<std::string_view> names;
        for (const Mirror& mirror : mirrors_) {
            if (std::find(names.begin(), names.end(), mirror.name) == names.end()) {
                names.emplace_back(mirror.name);
            }
        }
        const std::string near = base::did_you_mean(parsed.mirror, names);
        refuse(
            fmt::format("no mirror is known by the name \"{}\"", parsed.mirror),
            near.empty()
                ? fmt::format("name one with --mirror {}=URL or in mirrors.conf", parsed.mirror)
                : near,
            position);
    }
    const std::string below = parsed.location.empty() ? "" : "/" + parsed.location;
    const auto official = official_url(parsed.mirror);
    return {
        found->url + below,
        official ? *official + below : without_user(found->url) + below,
        found->origin};
}

std::vector<std::string> Mirrors::unused_options(const std::vector<std::string>& paths) const {
    std::vector<std::string> unused;
    for (const Mirror& mirror : mirrors_) {
        if (mirror.origin != option_origin) {
            continue;
        }
        const bool is_used = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
            return parse_repository_path(path).mirror == mirror.name;
        });
        if (!is_used) {
            unused.push_back(mirror.name);
        }
    }
    return unused;
}

void Mirrors::read_options(const std::vector<std::string>& options) {
    const base::Position position{"--mirror", 0, 0};
    for (auto option = options.rbegin(); option != options.rend(); ++option) {
        const auto [name, url] = parse_assignment(*option, position);
        add(name, url, std::string(option_origin));
    }
}

void Mirrors::read_configuration(const std::string& file) {
    if (!base::exists(file)) {
        return;
    }
    const std::string text = base::read_file(file, largest_file);
    std::map<std::string, int> lines;
    int number = 0;
    for (const std::string_view line : base::split_lines(text)) {
        ++number;
        const std::string_view content = base::trim(line.substr(0, line.find('#')));
        if (content.empty()) {
            continue;
        }
        const base::Position position{file, number, 0};
        const auto [name, url] = parse_assignment(content, position);
        const auto [first, is_new] = lines.emplace(name, number);
        if (!is_new) {
            refuse(
                fmt::format("mirror \"{}\" is defined twice", name),
                fmt::format("it is defined in line {} already", first->second),
                position);
        }
        add(name, url, base::to_string(position));
    }
}

void Mirrors::read_host_sources(const Host& host) {
    const OsRelease system = read_os_release(host);
    if (system.id.empty()) {
        return;
    }
    for (const AptSource& source : read_apt_sources(host)) {
        const std::string name = mirror_name_of(source, system);
        if (name.empty()) {
            continue;
        }
        try {
            const RepositoryPath path = parse_repository_path(source.url);
            if (path.mirror.empty()) {
                add(name, path.location, source.origin);
            }
        } catch (const base::UsageError&) {
            // cdrom:, mirror+file: and the like: nothing that packages can be fetched from here.
            continue;
        }
    }
}

void Mirrors::add(std::string_view name, std::string_view url, std::string origin) {
    mirrors_.push_back({std::string(name), std::string(url), std::move(origin)});
}

} // namespace imgbuild::config
