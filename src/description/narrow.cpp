// SPDX-License-Identifier: Apache-2.0
#include "description/narrow.hpp"

#include "base/architecture.hpp"
#include "base/text.hpp"
#include "description/checks.hpp"
#include "description/merge_packages.hpp"
#include "description/profiles.hpp"
#include "description/repository_option.hpp"
#include "description/type_choice.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace imgbuild::description {

namespace {

std::string choose_architecture(const std::string& wished, Findings& findings) {
    if (wished.empty()) {
        return base::host_architecture();
    }
    const auto known = base::canonical_architecture(wished);
    if (!known) {
        findings
            .error(
                "E220",
                fmt::format("unknown architecture \"{}\"", wished),
                option_word("--target-arch", wished))
            .hint =
            "use one of kiwi's words, such as x86_64 or aarch64, or Debian's, such as amd64 "
            "or arm64";
        return base::host_architecture();
    }
    return *known;
}

template <typename T>
void keep_first(std::optional<T>& value, const std::optional<T>& next) {
    if (!value) {
        value = next;
    }
}

template <typename T>
void keep_last(std::optional<T>& value, const std::optional<T>& next) {
    if (next) {
        value = next;
    }
}

/// What other types would do with it is not judged.
void note_without_effect(const NamedItem& element, const Request& request, Findings& findings) {
    if (request.type == buildable_type) {
        findings.note(
            "N201",
            fmt::format("{} has no effect on type \"{}\"", element.name, buildable_type),
            element);
    }
}

void merge_preferences(
    const Model& model, const Chooser& chooser, Request& request, Findings& findings) {
    PreferencesSection merged;
    for (const PreferencesSection& section : model.preferences) {
        if (!chooser.counts(section.filter)) {
            continue;
        }
        keep_first(merged.version, section.version);
        keep_first(merged.package_manager, section.package_manager);
        keep_first(merged.release_version, section.release_version);
        keep_first(merged.exclude_documentation, section.exclude_documentation);
        keep_first(merged.rpm_check_signatures, section.rpm_check_signatures);
        keep_first(merged.rpm_locale_filtering, section.rpm_locale_filtering);
        keep_last(merged.locale, section.locale);
        keep_last(merged.keytable, section.keytable);
        keep_last(merged.timezone, section.timezone);
        for (const NamedItem& element : section.ineffective) {
            note_without_effect(element, request, findings);
        }
    }
    if (!merged.version || merged.version->name.empty()) {
        findings.error("E213", "the image has no <version>", {"", model.position}).hint =
            "add <version>1.0</version> to <preferences>";
    } else {
        request.version = merged.version->name;
        check_version(*merged.version, findings);
    }
    if (!merged.package_manager || merged.package_manager->name.empty()) {
        findings.error("E214", "the image has no <packagemanager>", {"", model.position}).hint =
            "add <packagemanager>apt</packagemanager> to <preferences>";
    } else {
        request.package_manager = merged.package_manager->name;
        request.package_manager_position = merged.package_manager->position;
    }
    request.release_version = merged.release_version.value_or("");
    request.exclude_documentation = merged.exclude_documentation.value_or(false);
    request.rpm_check_signatures = merged.rpm_check_signatures.value_or(true);
    request.rpm_locale_filtering = merged.rpm_locale_filtering.value_or(false);
    request.locale = merged.locale.value_or(NamedItem()).name;
    if (merged.keytable) {
        request.keytable = merged.keytable->name;
        check_keytable(*merged.keytable, findings);
    }
    if (merged.timezone) {
        request.timezone = merged.timezone->name;
        check_timezone(*merged.timezone, findings);
    }
}

void take_type(const TypeSection& type, Request& request, Findings& findings) {
    request.type = type.image.name;
    request.type_position = type.position;
    request.compression = type.compression;
    request.overlay_modes = type.overlay_modes;
    request.initrd_system = type.initrd_system;
    request.initrd_parts = type.initrd_parts;
    request.kernel_command_line = type.kernel_command_line;
    request.derived_from = type.derived_from;
    std::vector<NamedItem> ineffective = type.ineffective;
    const bool makes_initrd =
        type.initrd_system == "dracut" || type.initrd_system == "initramfs-tools";
    if (type.initrd && !makes_initrd) {
        ineffective.push_back(*type.initrd);
    }
    if (!ineffective.empty() && request.type == buildable_type) {
        std::string names;
        for (const NamedItem& thing : ineffective) {
            names += (names.empty() ? "" : ", ") + thing.name;
        }
        findings.warning(
            "N202",
            fmt::format("no effect on type \"{}\": {}", type.image.name, names),
            ineffective.front());
    }
}

void change_packages(const Selection& selection, Request& request) {
    const auto add = [](const std::string& option,
                        const std::vector<std::string>& names,
                        std::vector<NamedItem>& target) {
        for (const std::string& name : names) {
            add_name(option_word(option, name), target);
        }
    };
    add("--add-package", selection.add_packages, request.image_packages);
    add("--delete-package", selection.delete_packages, request.uninstall_packages);
}

void change_repositories(const Selection& selection, Request& request, Findings& findings) {
    if (!selection.set_repository.empty()) {
        if (request.repositories.empty()) {
            request.repositories.emplace_back();
            request.repositories.front().alias = "repository-1";
            request.repositories.front().position = Position{"--set-repo", 0, 0};
        }
        apply_repository_option(
            "--set-repo", selection.set_repository, request.repositories.front(), findings);
    }
    std::size_t number = 0;
    for (const std::string& value : selection.add_repositories) {
        Repository repository;
        repository.alias = fmt::format("added-{}", ++number);
        repository.position = Position{"--add-repo", 0, 0};
        apply_repository_option("--add-repo", value, repository, findings);
        request.repositories.push_back(std::move(repository));
    }
}

/// A repository without packages for the image's architecture is of no use to it, neither now nor later.
void take_repository(const Repository& repository, Request& request, Findings& findings) {
    const std::string architectures = base::join(repository.architectures, ",");
    if (base::architecture_list_contains(architectures, request.architecture)) {
        request.repositories.push_back(repository);
        return;
    }
    findings.note(
        "N209",
        fmt::format(
            "repository \"{}\" is not used: it has packages for {} only, not for {}",
            repository.alias,
            architectures,
            request.architecture),
        {"", repository.position});
}

void copy_identity(const Model& model, Request& request) {
    request.file = model.file;
    request.directory = model.directory;
    request.name = model.name;
    request.display_name = model.display_name;
    request.id = model.id;
    request.author = model.author;
    request.contact = model.contact;
    request.specification = model.specification;
    request.position = model.position;
}

} // namespace

Request narrow_model(const Model& model, const Selection& selection, Findings& findings) {
    Request request;
    copy_identity(model, request);
    request.architecture = choose_architecture(selection.architecture, findings);
    const Chooser chooser(
        select_profiles(model, request.architecture, selection.profiles, findings),
        request.architecture);
    request.profiles = chooser.profiles();

    if (const auto type = choose_type(model, chooser, selection.type, findings)) {
        take_type(*type, request, findings);
    }
    merge_preferences(model, chooser, request, findings);
    for (const OtherSection& section : model.others) {
        if (chooser.counts(section.filter)) {
            note_without_effect(section.element, request, findings);
        }
    }
    for (const UsersSection& section : model.users) {
        if (chooser.counts(section.filter)) {
            request.users.insert(request.users.end(), section.users.begin(), section.users.end());
        }
    }
    for (const RepositorySection& section : model.repositories) {
        if (chooser.counts(section.filter)) {
            take_repository(section.repository, request, findings);
        }
    }
    merge_packages(model, chooser, request, findings);
    change_packages(selection, request);
    change_repositories(selection, request, findings);
    return request;
}

} // namespace imgbuild::description
