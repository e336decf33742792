// SPDX-License-Identifier: Apache-2.0
#include "description/section_readers.hpp"
#include "description/words.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace imgbuild::description {

namespace {

using xml::Element;

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

} // namespace

PackagesSection read_packages(const xml::Element& element) {
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
    for (const xml::Element& child : element.children()) {
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

} // namespace imgbuild::description
