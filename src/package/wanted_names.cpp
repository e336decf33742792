// SPDX-License-Identifier: Apache-2.0
#include "package/wanted_names.hpp"

#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "package/dpkg_status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace imgbuild::package {
namespace {

constexpr std::string_view unknown_package = "E301";
constexpr std::string_view ambiguous_package = "E302";
constexpr std::string_view not_offered = "E303";

class NameCheck {
public:
    NameCheck(
        const PackageRequest& request,
        const PackagesIndex& index,
        const std::vector<SourceRelease>& releases,
        const std::string& architecture)
        : index_(index)
        , releases_(releases)
        , architecture_(architecture) {
        if (request.derived_from) {
            for (InstalledPackage& package : parse_dpkg_status(request.derived_from->status)) {
                installed_.insert(std::move(package.name));
            }
        }
    }

    void check(const WantedPackage& wanted, WantedNames& names);

    std::vector<base::Diagnostic> take_findings() { return std::move(findings_); }

private:
    void
    find(std::string_view code, const WantedPackage& wanted, std::string message, std::string hint);
    void report_unknown(const WantedPackage& wanted, const NameParts& parts);
    std::string resolve_virtual(const WantedPackage& wanted, const NameParts& parts);
    bool is_offered(const WantedPackage& wanted, const NameParts& parts);

    const PackagesIndex& index_;
    const std::vector<SourceRelease>& releases_;
    const std::string& architecture_;
    /// In the container that the root is derived from.
    std::set<std::string> installed_;
    std::vector<base::Diagnostic> findings_;
    /// Made once, when the first unknown name turns up.
    std::vector<std::string_view> all_names_;
};

void NameCheck::find(
    std::string_view code, const WantedPackage& wanted, std::string message, std::string hint) {
    base::Diagnostic finding;
    finding.code = code;
    finding.message = std::move(message);
    finding.position = wanted.position;
    finding.hint = std::move(hint);
    findings_.push_back(std::move(finding));
}

void NameCheck::report_unknown(const WantedPackage& wanted, const NameParts& parts) {
    if (all_names_.empty()) {
        all_names_ = index_.names();
    }
    find(
        unknown_package,
        wanted,
        fmt::format("no repository has a package '{}'", base::printable(parts.name)),
        base::did_you_mean(parts.name, all_names_));
}

/// @returns the only package that provides the name; nothing (and a finding) if there are several.
std::string NameCheck::resolve_virtual(const WantedPackage& wanted, const NameParts& parts) {
    std::set<std::string> providers;
    for (const std::uint32_t number : index_.providers(parts.name)) {
        providers.emplace(index_.records()[number].name);
    }
    if (providers.empty()) {
        report_unknown(wanted, parts);
        return {};
    }
    if (providers.size() == 1) {
        return *providers.begin();
    }
    constexpr std::size_t shown = 8;
    std::vector<std::string> names(providers.begin(), providers.end());
    const bool more = names.size() > shown;
    names.resize(std::min(names.size(), shown));
    find(
        ambiguous_package,
        wanted,
        fmt::format("'{}' is not a package but provided by several", parts.name),
        fmt::format("write one of {}{}", base::join(names, ", "), more ? ", …" : ""));
    return {};
}

bool NameCheck::is_offered(const WantedPackage& wanted, const NameParts& parts) {
    std::set<std::string> versions;
    std::set<std::string> suites;
    std::set<std::string> architectures;
    bool offered = false;
    for (const std::uint32_t number : index_.named(parts.name)) {
        const PackageRecord& record = index_.records()[number];
        const ReleaseFile& release = releases_[record.source].release;
        const bool same_architecture =
            parts.architecture.empty() || parts.architecture == record.architecture ||
            parts.architecture == "any" ||
            (record.architecture == "all" && parts.architecture == architecture_);
        const bool same_suite =
            parts.suite.empty() || parts.suite == release.suite || parts.suite == release.codename;
        const bool same_version = parts.version.empty() || parts.version == record.version;
        offered = offered || (same_architecture && same_suite && same_version);
        versions.emplace(record.version);
        suites.insert(release.codename.empty() ? release.suite : release.codename);
        architectures.emplace(record.architecture);
    }
    if (offered) {
        return true;
    }
    const auto listed = [](const std::set<std::string>& set) {
        return base::join(std::vector<std::string>(set.begin(), set.end()), ", ");
    };
    if (!parts.version.empty()) {
        find(
            not_offered,
            wanted,
            fmt::format(
                "package '{}' is not offered in version {}",
                parts.name,
                base::printable(parts.version)),
            fmt::format("the repositories have {}", listed(versions)));
    } else if (!parts.suite.empty()) {
        find(
            not_offered,
            wanted,
            fmt::format(
                "package '{}' is not offered in suite '{}'",
                parts.name,
                base::printable(parts.suite)),
            fmt::format("it is in {}", listed(suites)));
    } else {
        find(
            not_offered,
            wanted,
            fmt::format(
                "package '{}' is not offered for architecture '{}'",
                parts.name,
                base::printable(parts.architecture)),
            fmt::format("the repositories have it for {}", listed(architectures)));
    }
    return false;
}

void NameCheck::check(const WantedPackage& wanted, WantedNames& names) {
    NameParts parts = NameParts::parse(wanted.name);
    if (index_.named(parts.name).empty()) {
        if (parts.version.empty() && parts.suite.empty() && installed_.contains(parts.name)) {
            return;
        }
        parts.name = resolve_virtual(wanted, parts);
    }
    if (parts.name.empty() || !is_offered(wanted, parts)) {
        return;
    }
    names.names.insert(parts.name);
    const std::string argument = parts.name +
                                 (parts.architecture.empty() ? "" : ":" + parts.architecture) +
                                 (parts.version.empty() ? "" : "=" + parts.version) +
                                 (parts.suite.empty() ? "" : "/" + parts.suite);
    if (std::find(names.arguments.begin(), names.arguments.end(), argument) ==
        names.arguments.end()) {
        names.arguments.push_back(argument);
    }
}

} // namespace

NameParts NameParts::parse(std::string_view text) {
    NameParts parts;
    const std::string_view trimmed = base::trim(text);
    const std::size_t mark = trimmed.find_first_of("=/");
    std::string_view name = trimmed.substr(0, mark);
    if (mark != std::string_view::npos) {
        std::string& target = trimmed[mark] == '=' ? parts.version : parts.suite;
        target = trimmed.substr(mark + 1);
    }
    if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) {
        parts.architecture = name.substr(colon + 1);
        name = name.substr(0, colon);
    }
    parts.name = name;
    return parts;
}

WantedNames check_wanted_names(
    const PackageRequest& request,
    const PackagesIndex& index,
    const std::vector<SourceRelease>& releases,
    const std::string& architecture) {
    WantedNames names;
    NameCheck check(request, index, releases, architecture);
    for (const WantedPackage& wanted : request.bootstrap) {
        check.check(wanted, names);
    }
    WantedNames image_names;
    for (const WantedPackage& wanted : request.packages) {
        check.check(wanted, request.bootstrap_only ? image_names : names);
    }
    std::vector<base::Diagnostic> findings = check.take_findings();
    if (!findings.empty()) {
        base::DescriptionError error(std::move(findings));
        error.set_exit_code(base::ExitCode::fetch);
        throw error;
    }
    return names;
}

} // namespace imgbuild::package
