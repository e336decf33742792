// SPDX-License-Identifier: Apache-2.0
#include "package/resolution_record.hpp"

#include "base/text.hpp"
#include "package/private_apt.hpp"

#include <fmt/format.h>

namespace imgbuild::package {
namespace {

/// Changes whenever a resolution of the same request may come out differently.
constexpr std::string_view version_line = "imgbuild apt resolution 1";

/// Values of any content, each with its length, so that no two lists hash alike.
class KeyWriter {
public:
    void add(std::string_view value) { hash_.update(fmt::format("{}:{};", value.size(), value)); }

    void add(std::uint64_t value) { add(std::to_string(value)); }

    void add_names(const std::vector<WantedPackage>& packages) {
        add(packages.size());
        for (const WantedPackage& package : packages) {
            add(base::trim(package.name));
        }
    }

    crypto::Digest finish() { return hash_.finish(); }

private:
    crypto::Sha256 hash_;
};

std::optional<ResolvedPackage>
read_package(const std::vector<std::string_view>& fields, std::size_t sources) {
    if (fields.size() != 10) {
        return std::nullopt;
    }
    const auto size = base::parse_number(fields[4]);
    const auto installed_size = base::parse_number(fields[5]);
    const auto digest = crypto::Digest::from_hex(fields[6]);
    const auto source = base::parse_number(fields[7]);
    if (!size || !installed_size || !digest || !source || *source >= sources) {
        return std::nullopt;
    }
    ResolvedPackage package;
    package.name = fields[1];
    package.version = fields[2];
    package.architecture = fields[3];
    package.size = *size;
    package.installed_size = *installed_size;
    package.digest = *digest;
    package.source = *source;
    package.automatic = fields[8].find('a') != std::string_view::npos;
    package.essential = fields[8].find('e') != std::string_view::npos;
    package.base = fields[8].find('b') != std::string_view::npos;
    package.installed_before = fields[8].find('i') != std::string_view::npos;
    package.path = fields[9];
    return package;
}

std::optional<InstallStep>
read_step(const std::vector<std::string_view>& fields, std::size_t packages) {
    if (fields.size() != 3 || (fields[1] != "unpack" && fields[1] != "configure")) {
        return std::nullopt;
    }
    InstallStep step;
    step.action =
        fields[1] == "unpack" ? InstallStep::Action::unpack : InstallStep::Action::configure;
    for (const std::string_view word : base::split_words(fields[2])) {
        const auto number = base::parse_number(word);
        if (!number || *number >= packages) {
            return std::nullopt;
        }
        step.packages.push_back(*number);
    }
    return step;
}

} // namespace

crypto::Digest
resolution_key(const PackageRequest& request, const std::vector<ResolvedIndex>& indexes) {
    KeyWriter key;
    key.add(version_line);
    key.add(request.architecture);
    key.add(request.sources.size());
    for (std::size_t i = 0; i < request.sources.size(); ++i) {
        const PackageSource& source = request.sources[i];
        key.add(indexes[i].digest.hex());
        key.add(source.distribution);
        key.add(source.components.size());
        for (const std::string& component : source.components) {
            key.add(component);
        }
        key.add(source.priority ? std::to_string(*source.priority) : std::string());
    }
    key.add_names(request.bootstrap);
    key.add_names(request.packages);
    key.add_names(request.ignored);
    if (request.bootstrap_only) {
        key.add("bootstrap only");
    }
    if (!request.installed_before.empty()) {
        key.add("on top of");
        key.add(request.installed_before.size());
        for (const ResolvedPackage& package : request.installed_before) {
            key.add(package.digest.hex());
        }
    }
    if (request.derived_from) {
        key.add("derived from");
        key.add(request.derived_from->status);
        key.add(request.derived_from->automatic);
    }
    key.add(request.with_recommended ? 1U : 0U);
    key.add(request.preferences);
    if (!request.preferences.empty()) {
        // A pin by origin names hosts.
        for (const std::string& host : source_hosts(request.sources)) {
            key.add(host);
        }
    }
    return key.finish();
}

std::string write_resolution(const Resolution& resolution) {
    std::string text(version_line);
    text += '\n';
    for (const ResolvedPackage& package : resolution.packages) {
        text += fmt::format(
            "package\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t-{}{}{}{}\t{}\n",
            package.name,
            package.version,
            package.architecture,
            package.size,
            package.installed_size,
            package.digest.hex(),
            package.source,
            package.automatic ? "a" : "",
            package.essential ? "e" : "",
            package.base ? "b" : "",
            package.installed_before ? "i" : "",
            package.path);
    }
    for (const InstallStep& step : resolution.steps) {
        text += fmt::format(
            "step\t{}\t{}\n",
            step.action == InstallStep::Action::unpack ? "unpack" : "configure",
            fmt::join(step.packages, " "));
    }
    text += "end\n";
    return text;
}

std::optional<Resolution> read_resolution(std::string_view text, std::size_t sources) {
    const std::vector<std::string_view> lines = base::split_lines(text);
    if (lines.size() < 2 || lines.front() != version_line || lines.back() != "end") {
        return std::nullopt;
    }
    Resolution resolution;
    resolution.package_manager = "apt";
    for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
        const std::vector<std::string_view> fields = base::split(lines[i], '\t');
        if (fields.front() == "package") {
            std::optional<ResolvedPackage> package = read_package(fields, sources);
            if (!package) {
                return std::nullopt;
            }
            resolution.packages.push_back(std::move(*package));
        } else {
            std::optional<InstallStep> step = read_step(fields, resolution.packages.size());
            if (!step) {
                return std::nullopt;
            }
            resolution.steps.push_back(std::move(*step));
        }
    }
    return resolution;
}

} // namespace imgbuild::package
