// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "description/section_readers.hpp"
#include "description/words.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace imgbuild::description {

namespace {

using xml::Element;

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

} // namespace

RepositorySection read_repository(const xml::Element& element, std::size_t number) {
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
    for (const xml::Element& source : element.children("source")) {
        const NamedItem path = read_word(source, "path");
        repository.path = path.name;
        repository.path_position = path.position;
        for (const xml::Element& signing : source.children("signing")) {
            repository.signing_keys.push_back(read_word(signing, "key"));
        }
    }
    return section;
}

} // namespace imgbuild::description
