// SPDX-License-Identifier: Apache-2.0
#include "description/migration.hpp"

#include "base/diagnostic.hpp"
#include "description/description.hpp"
#include "description/include.hpp"
#include "description/reading.hpp"
#include "description/upgrade.hpp"
#include "xml/rewrite.hpp"
#include "xslt/upgrade_steps.hpp"

#include <map>
#include <utility>

namespace imgbuild::description {

std::vector<MigratedFile> migrate(const std::string& path) {
    return migrate(find_description_file(path), read_part);
}

std::vector<MigratedFile> migrate(const std::string& file, const FileReader& read) {
    // Each file is read once, so that all looks at it see the same.
    std::map<std::string, std::string> texts;
    const auto read_once = [&](const std::string& name) {
        const auto [text, is_new] = texts.try_emplace(name);
        if (is_new) {
            text->second = read(name);
        }
        return text->second;
    };
    const auto load = [&] {
        xml::Document document = xml::Document::parse(read_once(file), file);
        expand_includes(document, read_once);
        return document;
    };
    const xml::Document before = load();
    xml::Document upgraded = upgrade(load());
    auto diagnostics = validate_current(upgraded);
    if (base::has_errors(diagnostics)) {
        throw base::DescriptionError(std::move(diagnostics));
    }
    const xml::Document after = canonical(std::move(upgraded));
    std::vector<MigratedFile> files;
    const auto add = [&](const std::string& name, const std::string& text) {
        std::string changed = xml::rewrite(text, name, before, after);
        if (name != file) {
            // The description's version is the one that counts; that of a part should not mislead.
            changed = xml::set_root_attribute(
                std::move(changed), "schemaversion", xslt::upgrade_steps().back().to);
        }
        if (name == file || changed != text) {
            files.push_back({name, text, std::move(changed)});
        }
    };
    add(file, texts.at(file));
    for (const auto& [name, text] : texts) {
        if (name != file) {
            add(name, text);
        }
    }
    return files;
}

} // namespace imgbuild::description
