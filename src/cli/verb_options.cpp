// SPDX-License-Identifier: Apache-2.0
#include "cli/verb_options.hpp"

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

} // namespace imgbuild::cli
