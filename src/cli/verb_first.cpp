// SPDX-License-Identifier: Apache-2.0
#include "cli/verb_first.hpp"

#include "cli/declared_verbs.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

/// The program's option, else that of the first verb that has one of this name; nullptr if none has.
const CLI::Option* find_option(const CLI::App& app, const std::string& name) {
    if (const CLI::Option* const option = app.get_option_no_throw(name)) {
        return option;
    }
    for (const CLI::App* const verb : declared_verbs(app)) {
        if (const CLI::Option* const option = verb->get_option_no_throw(name)) {
            return option;
        }
    }
    return nullptr;
}

bool is_verb(const CLI::App& app, const std::string& word) {
    const auto verbs =
        app.get_subcommands([&word](const CLI::App* verb) { return verb->check_name(word); });
    return !verbs.empty();
}

} // namespace

std::vector<std::string> verb_first(const CLI::App& app, std::vector<std::string> words) {
    for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
        if (!words[i].starts_with('-')) {
            if (is_verb(app, words[i])) {
                const auto verb = words.begin() + static_cast<std::ptrdiff_t>(i);
                std::rotate(words.begin(), verb, verb + 1);
            }
            break;
        }
        const CLI::Option* const option = find_option(app, words[i]);
        if (option != nullptr && option->get_items_expected_max() > 0) {
            ++i;
        }
    }
    return words;
}

} // namespace imgbuild::cli
