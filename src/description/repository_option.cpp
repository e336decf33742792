// SPDX-License-Identifier: Apache-2.0
#include "description/repository_option.hpp"

#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "description/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

namespace imgbuild::description {

namespace {

enum Field : std::size_t {
    source,
    type,
    alias,
    priority,
    image_include,
    package_gpgcheck,
    signing_keys,
    components,
    distribution,
    repository_gpgcheck,
    source_type,
    field_count,
};

constexpr std::array<std::string_view, field_count> field_names = {
    "source",
    "type",
    "alias",
    "priority",
    "imageinclude",
    "package_gpgcheck",
    "{signing_keys}",
    "components",
    "distribution",
    "repository_gpgcheck",
    "sourcetype"};

/// Commas inside braces don't separate.
std::vector<std::string> split_fields(std::string_view text) {
    std::vector<std::string> fields(1);
    bool in_braces = false;
    for (const char c : text) {
        if (c == '{') {
            in_braces = true;
        } else if (c == '}') {
            in_braces = false;
        }
        if (c == ',' && !in_braces) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    for (std::string& field : fields) {
        field = std::string(base::trim(field));
    }
    return fields;
}

class OptionReader {
public:
    OptionReader(std::string option, const std::string& value, Findings& findings)
        : option_(std::move(option))
        , findings_(findings)
        , fields_(split_fields(value)) {
        if (fields_.size() > field_count) {
            error(fmt::format(
                "has {} fields, more than the {} there are",
                fields_.size(),
                static_cast<std::size_t>(field_count)));
        }
        fields_.resize(field_count);
    }

    const std::string& operator[](Field field) const { return fields_[field]; }

    void read_word(Field field, std::string& target) const {
        if (!fields_[field].empty()) {
            target = fields_[field];
        }
    }

    void
    read_choice(Field field, const std::vector<std::string_view>& choices, std::string& target) {
        const std::string& word = fields_[field];
        if (word.empty()) {
            return;
        }
        if (std::find(choices.begin(), choices.end(), word) == choices.end()) {
            const std::vector<std::string> names(choices.begin(), choices.end());
            refuse(field, base::join(names, ", "));
            return;
        }
        target = word;
    }

    void read_alias(std::string& target) {
        constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789_-.";
        if (fields_[alias].find_first_not_of(allowed) != std::string::npos) {
            refuse(alias, "letters, digits, \"_\", \"-\" and \".\"");
            return;
        }
        read_word(alias, target);
    }

    template <typename Target>
    void read_boolean(Field field, Target& target) {
        if (fields_[field].empty()) {
            return;
        }
        const auto answer = parse_boolean(fields_[field]);
        if (!answer) {
            refuse(field, "true, false");
            return;
        }
        target = *answer;
    }

    void read_integer(Field field, std::optional<int>& target) {
        const std::string& word = fields_[field];
        if (word.empty()) {
            return;
        }
        int number = 0;
        const auto [end, error_code] =
            std::from_chars(word.data(), word.data() + word.size(), number);
        if (error_code != std::errc() || end != word.data() + word.size()) {
            refuse(field, "a whole number");
            return;
        }
        target = number;
    }

    void read_keys(std::vector<NamedItem>& keys) const {
        std::string_view list = fields_[signing_keys];
        if (list.empty()) {
            return;
        }
        if (list.front() == '{' && list.back() == '}') {
            list = list.substr(1, list.size() - 2);
        }
        keys.clear();
        for (const std::string_view key : base::split(list, ';')) {
            if (const auto word = base::trim(key); !word.empty()) {
                keys.push_back(option_word(option_, std::string(word)));
            }
        }
    }

    /// The value itself may hold a password and is never shown whole.
    void error(const std::string& problem) {
        findings_.error("E255", fmt::format("{} {}", option_, problem), option_word(option_, ""))
            .hint = fmt::format(
            "the fields are {}",
            base::join(std::vector<std::string>(field_names.begin(), field_names.end()), ","));
    }

private:
    void refuse(Field field, const std::string& wanted) {
        findings_
            .error(
                "E255",
                fmt::format(
                    "{}: \"{}\" can't be the {}", option_, fields_[field], field_names[field]),
                option_word(option_, ""))
            .hint = fmt::format("field {} may be: {}", static_cast<std::size_t>(field) + 1, wanted);
    }

    std::string option_;
    Findings& findings_;
    std::vector<std::string> fields_;
};

} // namespace

void apply_repository_option(
    const std::string& option,
    const std::string& value,
    Repository& repository,
    Findings& findings) {
    OptionReader reader(option, value, findings);
    if (reader[source].empty() && repository.path.empty()) {
        reader.error("names no source");
    }
    if (!reader[source].empty()) {
        repository.path = reader[source];
        repository.path_position = Position{option, 0, 0};
    }
    reader.read_choice(
        type, {"apk", "apt-deb", "apt-rpm", "deb-dir", "mirrors", "rpm-md"}, repository.type);
    reader.read_alias(repository.alias);
    reader.read_integer(priority, repository.priority);
    reader.read_boolean(image_include, repository.image_include);
    reader.read_boolean(package_gpgcheck, repository.package_gpgcheck);
    reader.read_keys(repository.signing_keys);
    if (!reader[components].empty()) {
        repository.components.clear();
        for (const std::string_view word : base::split_words(reader[components])) {
            repository.components.emplace_back(word);
        }
    }
    reader.read_word(distribution, repository.distribution);
    reader.read_boolean(repository_gpgcheck, repository.repository_gpgcheck);
    reader.read_choice(source_type, {"baseurl", "metalink", "mirrorlist"}, repository.source_type);
}

} // namespace imgbuild::description
