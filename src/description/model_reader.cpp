// SPDX-License-Identifier: Apache-2.0
#include "description/model_reader.hpp"

#include "description/beside.hpp"
#include "description/section_readers.hpp"
#include "description/words.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace imgbuild::description {

namespace {

using xml::Element;

/// The text of an element that stands at most once.
std::optional<std::string> child_text(const Element& parent, std::string_view name) {
    const auto children = parent.children(name);
    if (children.empty()) {
        return std::nullopt;
    }
    return children.front().text();
}

std::optional<NamedItem> child_item(const Element& parent, std::string_view name) {
    const auto children = parent.children(name);
    if (children.empty()) {
        return std::nullopt;
    }
    return NamedItem{children.front().text(), children.front().position()};
}

std::optional<bool> child_boolean(const Element& parent, std::string_view name) {
    const auto text = child_text(parent, name);
    return text ? parse_boolean(*text) : std::nullopt;
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void read_profiles(const Element& section, Model& model) {
    for (const Element& element : section.children("profile")) {
        ProfileSection profile;
        const NamedItem name = read_word(element, "name");
        profile.name = name.name;
        profile.position = name.position;
        profile.description = read_text(element, "description");
        profile.is_import = read_boolean(element, "import").value_or(false);
        profile.architectures = read_text(element, "arch");
        for (const Element& requires_element : element.children("requires")) {
            profile.required.push_back(
                {read_text(requires_element, "arch"), read_word(requires_element, "profile")});
        }
        model.profiles.push_back(std::move(profile));
    }
}

void read_initrd(const Element& element, TypeSection& type) {
    if (!type.initrd) {
        type.initrd = NamedItem{"<initrd>", element.position()};
    }
    for (const Element& dracut : element.children("dracut")) {
        for (const char* const kind : {"module", "driver"}) {
            InitrdPart part;
            part.action = read_text(element, "action");
            (std::string_view(kind) == "module" ? part.module : part.driver) =
                read_text(dracut, kind);
            if (!part.module.empty() || !part.driver.empty()) {
                type.initrd_parts.push_back(std::move(part));
            }
        }
        if (read_boolean(dracut, "uefi").value_or(false)) {
            type.ineffective.push_back({"uefi", dracut.position()});
        }
    }
}

TypeSection read_type(const Element& element) {
    constexpr std::array<std::string_view, 7> effective = {
        "image",
        "primary",
        "compression",
        "overlay_modes",
        "initrd_system",
        "kernelcmdline",
        "derived_from"};
    TypeSection type;
    type.image = read_word(element, "image");
    type.is_primary = read_boolean(element, "primary").value_or(false);
    type.compression = read_text(element, "compression");
    type.overlay_modes = read_text(element, "overlay_modes");
    type.initrd_system = read_text(element, "initrd_system");
    type.kernel_command_line = read_text(element, "kernelcmdline");
    type.derived_from = read_text(element, "derived_from");
    type.position = element.position();
    for (const xml::Attribute& attribute : element.attributes()) {
        if (!is_one_of(effective, attribute.name)) {
            type.ineffective.push_back({attribute.name, attribute.position});
        }
    }
    for (const Element& child : element.children()) {
        if (child.name() == "initrd") {
            read_initrd(child, type);
        } else {
            type.ineffective.push_back({"<" + std::string(child.name()) + ">", child.position()});
        }
    }
    return type;
}

PreferencesSection read_preferences(const Element& element) {
    constexpr std::array<std::string_view, 3> without_effect = {
        "bootsplash-theme", "bootloader-theme", "showlicense"};
    PreferencesSection preferences;
    preferences.filter = read_filter(element);
    preferences.version = child_item(element, "version");
    preferences.package_manager = child_item(element, "packagemanager");
    preferences.locale = child_item(element, "locale");
    preferences.keytable = child_item(element, "keytable");
    preferences.timezone = child_item(element, "timezone");
    preferences.release_version = child_text(element, "release-version");
    preferences.exclude_documentation = child_boolean(element, "rpm-excludedocs");
    preferences.rpm_check_signatures = child_boolean(element, "rpm-check-signatures");
    preferences.rpm_locale_filtering = child_boolean(element, "rpm-locale-filtering");
    for (const Element& child : element.children()) {
        if (child.name() == "type") {
            preferences.types.push_back(read_type(child));
        } else if (is_one_of(without_effect, child.name())) {
            preferences.ineffective.push_back(
                {"<" + std::string(child.name()) + ">", child.position()});
        }
    }
    return preferences;
}

void read_section(const Element& element, Model& model) {
    const std::string_view kind = element.name();
    if (kind == "description") {
        model.author = child_text(element, "author").value_or("");
        model.contact = child_text(element, "contact").value_or("");
        model.specification = child_text(element, "specification").value_or("");
    } else if (kind == "profiles") {
        read_profiles(element, model);
    } else if (kind == "preferences") {
        model.preferences.push_back(read_preferences(element));
    } else if (kind == "users") {
        model.users.push_back(read_users(element));
    } else if (kind == "repository") {
        model.repositories.push_back(read_repository(element, model.repositories.size() + 1));
    } else if (kind == "packages") {
        model.packages.push_back(read_packages(element));
    } else if (kind == "include") {
        model.includes.push_back(read_word(element, "from"));
    } else if (kind != "extension") {
        model.others.push_back(
            {read_filter(element), {"<" + std::string(kind) + ">", element.position()}});
    }
}

} // namespace

Filter read_filter(const xml::Element& element) {
    return {read_list(element, "profiles"), read_text(element, "arch")};
}

Model read_model(const xml::Document& document) {
    Model model;
    model.file = document.file();
    model.directory = directory_of(model.file);
    const Element root = document.root();
    model.name = read_text(root, "name");
    model.display_name = read_text(root, "displayname");
    model.id = read_text(root, "id");
    model.position = root.position();
    for (const Element& element : root.children()) {
        read_section(element, model);
    }
    return model;
}

} // namespace imgbuild::description
