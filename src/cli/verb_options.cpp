// SPDX-License-Identifier: Apache-2.0
#include "cli/verb_options.hpp"

#include "base/error.hpp"
#include "cli/help_formatter.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

void VerbOptions::add_alias(const std::string& name) {
    app_.alias(name);
}

void VerbOptions::add_flag(const std::string& names, bool& target, const std::string& help) {
    app_.add_flag(names, target, help);
}

void VerbOptions::add_text(
    const std::string& names,
    std::string& target,
    const std::string& help,
    const std::string& value) {
    app_.add_option(names, target, help)->type_name(value);
}

void VerbOptions::add_texts(
    const std::string& names,
    std::vector<std::string>& target,
    const std::string& help,
    const std::string& value) {
    app_.add_option(names, target, help)->allow_extra_args(false)->type_name(value);
}

void VerbOptions::add_number(
    const std::string& names,
    std::uint32_t& target,
    const std::string& help,
    const std::string& value) {
    app_.add_option(names, target, help)->type_name(value);
}

void VerbOptions::add_choice(
    const std::string& names,
    std::string& target,
    const std::vector<std::string>& words,
    const std::string& help,
    const std::string& value) {
    app_.add_option(names, target, help)->check(CLI::IsMember(words))->type_name(value);
}

void VerbOptions::add_required(
    const std::string& name,
    std::string& target,
    const std::string& help,
    const std::string& value) {
    app_.add_option(name, target, help)->required()->type_name(value);
}

void VerbOptions::add_optional(
    const std::string& name,
    std::string& target,
    const std::string& help,
    const std::string& value) {
    app_.add_option(name, target, help)->type_name(value);
}

void VerbOptions::add_list(
    const std::string& name,
    std::vector<std::string>& target,
    const std::string& help,
    bool is_required) {
    app_.add_option(name, target, help)->required(is_required)->type_name("NAME");
}

void VerbOptions::end_at_first_word(const std::string& usage) {
    app_.formatter(make_help_formatter(help_columns(), usage));
    app_.fallthrough(false);
    app_.prefix_command();
}

std::vector<std::string> VerbOptions::words() const {
    return app_.remaining();
}

std::vector<std::string> read_leading_options(
    std::vector<std::string> words, const std::function<void(CLI::App& app)>& declare_options) {
    CLI::App app;
    app.prefix_command();
    declare_options(app);
    // CLI11 takes words from the end.
    std::reverse(words.begin(), words.end());
    try {
        app.parse(words);
    } catch (const CLI::ParseError& problem) {
        throw base::UsageError(problem.what());
    }
    return app.remaining();
}

} // namespace imgbuild::cli
