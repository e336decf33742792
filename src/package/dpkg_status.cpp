// SPDX-License-Identifier: Apache-2.0
#include "package/dpkg_status.hpp"

#include "package/deb822.hpp"

#include <algorithm>
#include <tuple>

namespace imgbuild::package {

DebVersion DebVersion::parse(std::string_view version) {
    DebVersion parts;
    parts.upstream = version;
    if (const std::size_t colon = version.find(':'); colon != std::string_view::npos) {
        parts.epoch = version.substr(0, colon);
        parts.upstream.remove_prefix(colon + 1);
    }
    if (const std::size_t dash = parts.upstream.rfind('-'); dash != std::string_view::npos) {
        parts.revision = parts.upstream.substr(dash + 1);
        parts.upstream = parts.upstream.substr(0, dash);
    }
    return parts;
}

std::vector<InstalledPackage> parse_dpkg_status(std::string_view status) {
    std::vector<InstalledPackage> packages;
    Deb822Reader reader(status);
    while (reader.next_stanza()) {
        InstalledPackage package;
        bool installed = false;
        while (const std::optional<Deb822Field> field = reader.next_field()) {
            if (same_field(field->name, "Package")) {
                package.name = field->value;
            } else if (same_field(field->name, "Status")) {
                installed = field->value.ends_with(" installed");
            } else if (same_field(field->name, "Architecture")) {
                package.architecture = field->value;
            } else if (same_field(field->name, "Source")) {
                package.source = field->value.substr(0, field->value.find(' '));
            } else if (same_field(field->name, "Version")) {
                const DebVersion version = DebVersion::parse(field->value);
                package.epoch = version.epoch;
                package.version = version.upstream;
                package.release = version.revision;
            }
        }
        if (package.source.empty()) {
            package.source = package.name;
        }
        if (installed && !package.name.empty()) {
            packages.push_back(std::move(package));
        }
    }
    std::sort(packages.begin(), packages.end(), [](const auto& a, const auto& b) {
        return std::tie(a.name, a.architecture) < std::tie(b.name, b.architecture);
    });
    return packages;
}

std::string installed_version(std::string_view status, std::string_view name) {
    for (const InstalledPackage& package : parse_dpkg_status(status)) {
        if (package.name == name) {
            return (package.epoch.empty() ? "" : package.epoch + ":") + package.version +
                   (package.release.empty() ? "" : "-" + package.release);
        }
    }
    return {};
}

std::string status_without(std::string_view status, const std::vector<ResolvedPackage>& packages) {
    std::string text;
    Deb822Reader reader(status);
    while (reader.next_stanza()) {
        std::string_view name;
        std::string_view architecture;
        while (const std::optional<Deb822Field> field = reader.next_field()) {
            if (same_field(field->name, "Package")) {
                name = field->value;
            } else if (same_field(field->name, "Architecture")) {
                architecture = field->value;
            }
        }
        const auto replaces = [&](const ResolvedPackage& package) {
            return package.name == name && (package.architecture == architecture ||
                                            package.architecture == "all" || architecture == "all");
        };
        if (std::none_of(packages.begin(), packages.end(), replaces)) {
            text += reader.stanza();
            text += "\n\n";
        }
    }
    return text;
}

} // namespace imgbuild::package
