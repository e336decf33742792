// SPDX-License-Identifier: Apache-2.0
#include "description/model_reader.hpp"

#include "base/text.hpp"
#include "description/words.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

namespace imgbuild::description {

namespace {

using xml::Element;

Filter read_filter(const Element& element) {
    return {read_list(element, "profiles"), read_text(element, "arch")};
}

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
        type.ineffective.push_back({"<" + std::string(child.name()) + ">", child.position()});
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

User read_user(const Element& element) {
    User user;
    const NamedItem name = read_word(element, "name");
    user.name = name.name;
    user.position = name.position;
    user.password = element.attribute("password").value_or("");
    user.password_is_plain = read_text(element, "pwdformat") == "plain";
    if (const std::string id = read_text(element, "id"); !id.empty()) {
        // A number that does not fit becomes the one id that no account can have; checks refuse it.
        constexpr std::uint64_t no_id = std::numeric_limits<std::uint32_t>::max();
        user.id =
            static_cast<std::uint32_t>(std::min(base::parse_number(id).value_or(no_id), no_id));
    }
    for (NamedItem& group : read_list(element, "groups")) {
        user.groups.push_back(std::move(group.name));
    }
    user.home = read_text(element, "home");
    user.shell = read_text(element, "shell");
    user.real_name = read_text(element, "realname");
    return user;
}

UsersSection read_users(const Element& element) {
    UsersSection section;
    section.filter = read_filter(element);
    for (const Element& user : element.children("user")) {
        section.users.push_back(read_user(user));
    }
    return section;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (const std::string_view word : base::split_words(text)) {
        words.emplace_back(word);
    }
    return words;
}

std::optional<int> read_integer(const Element& element, std::string_view attribute) {
    std::string text = read_text(element, attribute);
    if (text.empty()) {
        return std::nullopt;
    }
    const bool is_negative = text.front() == '-';
    if (is_negative || text.front() == '+') {
        text.erase(0, 1);
    }
    // apt's and zypper's priorities are small; what does not fit is cut to the largest one.
    constexpr std::uint64_t largest = 99'999;
    const auto magnitude =
        static_cast<int>(std::min(base::parse_number(text).value_or(largest), largest));
    return is_negative ? -magnitude : magnitude;
}

RepositorySection read_repository(const Element& element, std::size_t number) {
    RepositorySection section;
    section.filter = read_filter(element);
    Repository& repository = section.repository;
    repository.alias = read_text(element, "alias");
    if (repository.alias.empty()) {
        repository.alias = "repository-" + std::to_string(number);
    }
    repository.position = element.position();
    repository.type = read_text(element, "type");
    repository.components = words_of(read_text(element, "components"));
    repository.distribution = read_text(element, "distribution");
    for (NamedItem& architecture : read_list(element, "architectures")) {
        repository.architectures.push_back(std::move(architecture.name));
    }
    repository.priority = read_integer(element, "priority");
    repository.username = element.attribute("username").value_or("");
    repository.password = element.attribute("password").value_or("");
    repository.image_include = read_boolean(element, "imageinclude").value_or(false);
    repository.image_only = read_boolean(element, "imageonly").value_or(false);
    repository.repository_gpgcheck = read_boolean(element, "repository_gpgcheck");
    repository.package_gpgcheck = read_boolean(element, "package_gpgcheck");
    repository.customize = read_word(element, "customize");
    repository.source_type = read_text(element, "sourcetype");
    for (const Element& source : element.children("source")) {
        const NamedItem path = read_word(source, "path");
        repository.path = path.name;
        repository.path_position = path.position;
        for (const Element& signing : source.children("signing")) {
            repository.signing_keys.push_back(read_word(signing, "key"));
        }
    }
    return section;
}

Archive read_archive(const Element& element) {
    NamedItem name = read_word(element, "name");
    return {std::move(name.name), read_text(element, "target_dir"), std::move(name.position)};
}

FileItem read_file(const Element& element) {
    NamedItem name = read_word(element, "name");
    return {
        std::move(name.name),
        read_text(element, "target"),
        read_text(element, "owner"),
        read_text(element, "permissions"),
        std::move(name.position)};
}

Container read_container(const Element& element) {
    NamedItem name = read_word(element, "name");
    return {
        std::move(name.name),
        read_text(element, "save_as"),
        read_text(element, "save_format"),
        read_boolean(element, "preload").value_or(false),
        read_text(element, "preload_to"),
        read_text(element, "backend"),
        std::move(name.position)};
}

PackagesSection read_packages(const Element& element) {
    PackagesSection section;
    section.type = read_text(element, "type");
    section.filter = read_filter(element);
    section.position = element.position();
    if (const std::string pattern = read_text(element, "patternType"); !pattern.empty()) {
        section.pattern_type = pattern == "plusRecommended" ? PatternType::plus_recommended
                                                            : PatternType::only_required;
    }
    if (element.attribute("bootstrap_package")) {
        section.ineffective.push_back(
            {"bootstrap_package", element.attribute_position("bootstrap_package")});
    }
    for (const Element& child : element.children()) {
        const std::string_view kind = child.name();
        const std::string architectures = read_text(child, "arch");
        if (kind == "package") {
            section.packages.push_back({architectures, read_word(child, "name")});
        } else if (kind == "ignore") {
            section.ignored.push_back({architectures, read_word(child, "name")});
        } else if (kind == "archive") {
            section.archives.push_back({architectures, read_archive(child)});
        } else if (kind == "file") {
            section.files.push_back({architectures, read_file(child)});
        } else if (kind == "container") {
            section.containers.push_back({architectures, read_container(child)});
        } else {
            section.ineffective.push_back({"<" + std::string(kind) + ">", child.position()});
        }
    }
    return section;
}

/// kiwi's form of containers in imgbuild's own: what it calls them, where it puts their archives, and
/// that it loads them unless told not to.
PackagesSection read_containers(const Element& element) {
    PackagesSection section;
    section.type = "image";
    section.filter = read_filter(element);
    section.position = element.position();
    const std::string source = read_text(element, "source");
    for (const Element& child : element.children("container")) {
        const NamedItem name = read_word(child, "name");
        const std::string path = read_text(child, "path");
        const std::string given_tag = read_text(child, "tag");
        const std::string tag = given_tag.empty() ? "latest" : given_tag;
        Container container;
        container.name =
            "docker://" + source + "/" + (path.empty() ? "" : path + "/") + name.name + ":" + tag;
        container.save_as = "/var/tmp/kiwi_containers/" + name.name + "_" + tag;
        container.preload = !read_boolean(child, "fetch_only").value_or(false);
        container.backend = read_text(element, "backend");
        container.position = name.position;
        section.containers.push_back({read_text(child, "arch"), std::move(container)});
    }
    return section;
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
    } else if (kind == "containers") {
        model.packages.push_back(read_containers(element));
    } else if (kind == "include") {
        model.includes.push_back(read_word(element, "from"));
    } else if (kind != "extension") {
        model.others.push_back(
            {read_filter(element), {"<" + std::string(kind) + ">", element.position()}});
    }
}

} // namespace

Model read_model(const xml::Document& document) {
    Model model;
    model.file = document.file();
    const std::size_t slash = model.file.rfind('/');
    model.directory = slash == std::string::npos ? "." : model.file.substr(0, slash);
    if (model.directory.empty()) {
        model.directory = "/";
    }
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
