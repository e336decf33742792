// SPDX-License-Identifier: Apache-2.0
#include "description/merge_packages.hpp"

#include "description/type_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

namespace imgbuild::description {

namespace {

/// Adds what counts on this architecture.
template <typename T>
void add_items(
    const Chooser& chooser, const std::vector<Filtered<T>>& items, std::vector<T>& target) {
    for (const Filtered<T>& filtered : items) {
        if (chooser.counts(filtered.architectures)) {
            target.push_back(filtered.item);
        }
    }
}

/// Each name counts once, at its first place.
void remove_repeated(std::vector<NamedItem>& items) {
    std::unordered_set<std::string> known;
    const auto is_known = [&](const NamedItem& item) { return !known.insert(item.name).second; };
    items.erase(std::remove_if(items.begin(), items.end(), is_known), items.end());
}

/// Nothing that could bring a package: also collections and what brings a finished root count.
bool is_empty(const PackagesSection& section) {
    return section.packages.empty() && section.archives.empty() && section.ineffective.empty();
}

/// apt's essential packages come by themselves.
bool needs_bootstrap(const Request& request) {
    return !request.package_manager.empty() && request.package_manager != "apt" &&
           request.derived_from.empty();
}

void report_no_bootstrap(
    const Model& model, const Chooser& chooser, const Request& request, Findings& findings) {
    NamedItem place{"", model.position};
    for (const PackagesSection& section : model.packages) {
        if (section.type == "bootstrap" && chooser.counts(section.filter)) {
            place.position = section.position;
        }
    }
    findings
        .error(
            "E218",
            fmt::format("{} needs bootstrap packages to start from", request.package_manager),
            place)
        .hint = "add <packages type=\"bootstrap\"> with <package name=\"filesystem\"/> and what "
                "the package manager needs";
}

} // namespace

void add_name(NamedItem item, std::vector<NamedItem>& target) {
    const auto is_same = [&](const NamedItem& known) { return known.name == item.name; };
    if (std::none_of(target.begin(), target.end(), is_same)) {
        target.push_back(std::move(item));
    }
}

void merge_packages(
    const Model& model, const Chooser& chooser, Request& request, Findings& findings) {
    std::optional<PatternType> pattern_type;
    bool has_bootstrap = false;
    for (const PackagesSection& section : model.packages) {
        if (!chooser.counts(section.filter)) {
            continue;
        }
        const bool is_image = section.type == "image" || section.type == request.type;
        if (is_image) {
            if (!pattern_type) {
                pattern_type = section.pattern_type;
            }
            add_items(chooser, section.packages, request.image_packages);
            add_items(chooser, section.ignored, request.ignored_packages);
            add_items(chooser, section.archives, request.image_archives);
            add_items(chooser, section.files, request.image_files);
            add_items(chooser, section.containers, request.containers);
        } else if (section.type == "bootstrap") {
            add_items(chooser, section.packages, request.bootstrap_packages);
            add_items(chooser, section.ignored, request.ignored_packages);
            add_items(chooser, section.archives, request.bootstrap_archives);
            add_items(chooser, section.files, request.bootstrap_files);
        } else if (section.type == "uninstall") {
            add_items(chooser, section.packages, request.uninstall_packages);
        } else if (section.type == "delete") {
            add_items(chooser, section.packages, request.delete_packages);
        } else if (!request.type.empty()) {
            findings.note(
                "N203",
                fmt::format(
                    "packages of type \"{}\" are left out: type \"{}\" is built",
                    section.type,
                    request.type),
                {"", section.position});
            continue;
        }
        has_bootstrap = has_bootstrap || (section.type == "bootstrap" && !is_empty(section));
        for (const NamedItem& thing : section.ineffective) {
            if (request.package_manager != "apt") {
                break; // What the others would do with it is not judged.
            }
            findings.note("N204", fmt::format("{} is ignored", thing.name), thing);
        }
    }
    for (auto* const names :
         {&request.image_packages,
          &request.ignored_packages,
          &request.bootstrap_packages,
          &request.uninstall_packages,
          &request.delete_packages}) {
        remove_repeated(*names);
    }
    if (!has_bootstrap && needs_bootstrap(request)) {
        report_no_bootstrap(model, chooser, request, findings);
    }
    request.pattern_type = pattern_type.value_or(PatternType::only_required);
}

} // namespace imgbuild::description
