// SPDX-License-Identifier: Apache-2.0
#include "package/packages_index.hpp"

#include "base/text.hpp"
#include "package/deb822.hpp"

#include <algorithm>

namespace imgbuild::package {
namespace {

/// Picks the few fields that are needed. An index has tens of fields in each of tens of thousands of
/// stanzas, so the length of a name decides first.
void take_field(const Deb822Field& field, PackageRecord& record) {
    switch (field.name.size()) {
    case 4:
        if (field.name == "Size") {
            record.size = base::parse_number(field.value).value_or(0);
        }
        break;
    case 6:
        if (field.name == "SHA256") {
            record.sha256 = field.value;
        } else if (field.name == "Breaks") {
            record.breaks = field.value;
        }
        break;
    case 7:
        if (field.name == "Package") {
            record.name = field.value;
        } else if (field.name == "Version") {
            record.version = field.value;
        } else if (field.name == "Depends") {
            record.depends = field.value;
        }
        break;
    case 8:
        if (field.name == "Filename") {
            record.filename = field.value;
        } else if (field.name == "Provides") {
            record.provides = field.value;
        } else if (field.name == "Suggests") {
            record.suggests = field.value;
        } else if (field.name == "Enhances") {
            record.enhances = field.value;
        } else if (field.name == "Replaces") {
            record.replaces = field.value;
        }
        break;
    case 9:
        if (field.name == "Essential") {
            record.essential = field.value == "yes";
        } else if (field.name == "Conflicts") {
            record.conflicts = field.value;
        }
        break;
    case 10:
        if (field.name == "Recommends") {
            record.recommends = field.value;
        }
        break;
    case 11:
        if (field.name == "Pre-Depends") {
            record.pre_depends = field.value;
        }
        break;
    case 12:
        if (field.name == "Architecture") {
            record.architecture = field.value;
        }
        break;
    case 14:
        if (field.name == "Installed-Size") {
            record.installed_size = base::parse_number(field.value).value_or(0);
        }
        break;
    default:
        break;
    }
}

bool is_letter_or_digit(char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
           (character >= 'A' && character <= 'Z');
}

/// Letters, digits and `others`, the first one a letter or digit.
bool is_word(std::string_view text, std::string_view others) {
    return !text.empty() && is_letter_or_digit(text.front()) &&
           std::all_of(text.begin(), text.end(), [others](char character) {
               return is_letter_or_digit(character) || others.find(character) != others.npos;
           });
}

bool is_sound(const PackageRecord& record) {
    return is_word(record.name, "+-._") && is_word(record.version, "+-.~:_") &&
           is_word(record.architecture, "-") && !record.filename.empty();
}

const std::vector<std::uint32_t>& find_in(
    const std::unordered_map<std::string_view, std::vector<std::uint32_t>>& map,
    std::string_view name) {
    static const std::vector<std::uint32_t> none;
    const auto found = map.find(name);
    return found == map.end() ? none : found->second;
}

} // namespace

void PackagesIndex::add(std::string text, std::uint32_t source) {
    const auto file = static_cast<std::uint32_t>(texts_.size());
    texts_.push_back(std::move(text));
    Deb822Reader reader(texts_.back());
    while (reader.next_stanza()) {
        PackageRecord record;
        record.stanza = reader.stanza();
        record.source = source;
        record.file = file;
        while (const std::optional<Deb822Field> field = reader.next_field()) {
            take_field(*field, record);
        }
        if (!is_sound(record)) {
            continue;
        }
        const auto number = static_cast<std::uint32_t>(records_.size());
        records_.push_back(record);
        by_name_[record.name].push_back(number);
        for (const std::vector<std::string_view>& group : dependency_names(record.provides)) {
            for (const std::string_view name : group) {
                std::vector<std::uint32_t>& providers = by_provided_name_[name];
                if (providers.empty() || providers.back() != number) {
                    providers.push_back(number);
                }
            }
        }
    }
}

const std::vector<std::uint32_t>& PackagesIndex::named(std::string_view name) const {
    return find_in(by_name_, name);
}

const std::vector<std::uint32_t>& PackagesIndex::providers(std::string_view name) const {
    return find_in(by_provided_name_, name);
}

std::vector<std::string_view> PackagesIndex::names() const {
    std::vector<std::string_view> names;
    names.reserve(by_name_.size() + by_provided_name_.size());
    for (const auto& [name, numbers] : by_name_) {
        names.push_back(name);
    }
    for (const auto& [name, numbers] : by_provided_name_) {
        if (by_name_.find(name) == by_name_.end()) {
            names.push_back(name);
        }
    }
    return names;
}

std::vector<std::vector<std::string_view>> dependency_names(std::string_view field) {
    std::vector<std::vector<std::string_view>> groups;
    if (field.empty()) {
        return groups;
    }
    for (const std::string_view group : base::split(field, ',')) {
        std::vector<std::string_view> names;
        for (const std::string_view alternative : base::split(group, '|')) {
            const std::string_view text = base::trim(alternative);
            const std::string_view name = text.substr(0, text.find_first_of(" \t\n(:["));
            if (!name.empty()) {
                names.push_back(name);
            }
        }
        if (!names.empty()) {
            groups.push_back(std::move(names));
        }
    }
    return groups;
}

} // namespace imgbuild::package
