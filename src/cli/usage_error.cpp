// SPDX-License-Identifier: Apache-2.0
#include "cli/usage_error.hpp"

#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "cli/declared_verbs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

using Words = std::vector<std::string>;

bool is_option(const std::string& word) {
    return word.size() > 1 && word.front() == '-';
}

/// "--name" of "--name=value"
std::string option_name(const std::string& word) {
    return word.substr(0, word.find('='));
}

/// The option of that name, as CLI11 or the user writes it; nullptr if there is none.
const CLI::Option*
find_option(const std::vector<const CLI::App*>& levels, const std::string& name) {
    for (const CLI::App* const level : levels) {
        for (const CLI::Option* const option : level->get_options()) {
            if (option->check_name(name) || option->get_name() == name) {
                return option;
            }
        }
    }
    return nullptr;
}

bool takes_value(const CLI::Option* option) {
    return option != nullptr && option->get_items_expected_max() > 0;
}

/// The words that are neither options nor their values, up to "--".
Words plain_words(const std::vector<const CLI::App*>& levels, const Words& words) {
    Words plain;
    for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
        if (!is_option(words[i])) {
            plain.push_back(words[i]);
        } else if (
            words[i].find('=') == std::string::npos && takes_value(find_option(levels, words[i]))) {
            ++i;
        }
    }
    return plain;
}

/// "a, b or c", with `last_separator` between the last two.
std::string enumeration(Words names, std::string_view last_separator) {
    if (names.size() < 2) {
        return base::join(names, "");
    }
    const std::string last = names.back();
    names.pop_back();
    return base::join(names, ", ") + std::string(last_separator) + last;
}

std::string verbs_of(const CLI::App& app, std::string_view last_separator) {
    Words names;
    for (const CLI::App* const verb : declared_verbs(app)) {
        names.push_back(verb->get_name());
    }
    return enumeration(std::move(names), last_separator);
}

/// `unknown` stands where one of the verbs of `app` should.
base::UsageError unknown_verb(const CLI::App& app, const std::string& unknown) {
    std::vector<std::string_view> names;
    for (const CLI::App* const verb : declared_verbs(app)) {
        names.push_back(verb->get_name());
    }
    const bool is_top = app.get_parent() == nullptr;
    base::UsageError error(fmt::format(
        "{} no verb \"{}\"",
        is_top ? std::string("there is") : app.get_name() + " has",
        base::printable(unknown)));
    error.set_hint(base::did_you_mean(unknown, names));
    return error;
}

const CLI::App& top_of(const CLI::App& verb) {
    const CLI::App* top = &verb;
    while (top->get_parent() != nullptr) {
        top = top->get_parent();
    }
    return *top;
}

/// The verbs that know the option, "build and boot"; empty if none does.
std::string verbs_with(const CLI::App& app, const std::string& option) {
    Words names;
    for (const CLI::App* const verb : declared_verbs(app)) {
        if (verb->get_option_no_throw(option) != nullptr) {
            names.push_back(verb->get_name());
        }
    }
    return enumeration(std::move(names), " and ");
}

/// The first word that looks like an option and is none: CLI11 complains about what is missing before
/// it looks at what is misspelt. Nothing if there is no such word.
std::optional<base::UsageError> unknown_option(
    const CLI::App& verb, const std::vector<const CLI::App*>& levels, const Words& words) {
    for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
        const std::string name = option_name(words[i]);
        if (!is_option(words[i])) {
            continue;
        }
        if (const CLI::Option* const known = find_option(levels, name)) {
            if (takes_value(known) && name == words[i]) {
                ++i;
            }
            continue;
        }
        std::vector<std::string> names;
        for (const CLI::App* const level : levels) {
            for (const CLI::Option* const option : level->get_options()) {
                for (const std::string& long_name : option->get_lnames()) {
                    names.push_back("--" + long_name);
                }
            }
        }
        base::UsageError error(
            fmt::format("{} has no option {}", verb.get_name(), base::printable(name)));
        const std::string owners = verbs_with(top_of(verb), name);
        error.set_hint(
            owners.empty() ? base::did_you_mean(name, {names.begin(), names.end()})
                           : "it is an option of " + owners);
        return error;
    }
    return std::nullopt;
}

/// What follows `before` in `text`, up to `after`; nothing if they are not there.
std::optional<std::string>
between(const std::string& text, std::string_view before, std::string_view after) {
    const std::size_t start = text.find(before);
    const std::size_t end =
        start == std::string::npos ? start : text.find(after, start + before.size());
    if (end == std::string::npos) {
        return std::nullopt;
    }
    return text.substr(start + before.size(), end - start - before.size());
}

std::string after(const std::string& text, std::string_view mark) {
    return text.substr(text.find(mark) + mark.size());
}

/// What a validator of CLI11 says of a value.
std::string value_fault(const std::string& text) {
    if (const auto value = between(text, "Value ", " not in range ")) {
        std::string range = after(text, " not in range ");
        const std::string least = range.substr(0, range.find(' '));
        const std::string most = range.substr(range.rfind(' ') + 1);
        return fmt::format(
            "\"{}\" is no number from {} to {}", base::printable(*value), least, most);
    }
    const auto set = between(text, " not in {", "}");
    if (const auto value = between(text, "", " not in {"); value && set) {
        std::string known;
        for (const std::string_view word : base::split(*set, ',')) {
            known += (known.empty() ? "" : ", ") + std::string(word);
        }
        return fmt::format("\"{}\" is none of {}", base::printable(*value), known);
    }
    if (text.starts_with("File does not exist: ")) {
        return fmt::format("there is no file {}", base::printable(after(text, ": ")));
    }
    if (text.starts_with("File is actually a directory: ")) {
        return fmt::format("{} is a directory", base::printable(after(text, ": ")));
    }
    return text;
}

std::string problem_text(
    const CLI::App& verb, const std::vector<const CLI::App*>& levels, const CLI::Error& problem) {
    const std::string text = problem.what();
    const std::string name = text.substr(0, text.find(':'));
    if (dynamic_cast<const CLI::RequiredError*>(&problem) != nullptr) {
        const std::string missing = text.substr(0, text.find(" is required"));
        const CLI::Option* const option = find_option(levels, missing);
        return fmt::format(
            "{} needs {}",
            verb.get_name(),
            option != nullptr && option->get_positional() ? "a " + option->get_type_name()
                                                          : missing);
    }
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&problem) != nullptr) {
        const CLI::Option* const option = find_option(levels, name);
        if (option == nullptr) {
            return text;
        }
        return option->count() > 1
                   ? fmt::format("{} is given more than once", name)
                   : fmt::format("{0} needs a value: {0} {1}", name, option->get_type_name());
    }
    if (dynamic_cast<const CLI::ExtrasError*>(&problem) != nullptr) {
        return fmt::format(
            "{} takes no further word \"{}\"",
            verb.get_name(),
            base::printable(after(text, "expected: ")));
    }
    if (dynamic_cast<const CLI::ConversionError*>(&problem) != nullptr) {
        const auto option = between(text, "Could not convert: ", " = ");
        return option ? fmt::format(
                            "{}: \"{}\" is no number", *option, base::printable(after(text, " = ")))
                      : text;
    }
    if (dynamic_cast<const CLI::ValidationError*>(&problem) != nullptr &&
        text.find(": ") != std::string::npos) {
        return fmt::format("{}: {}", name, value_fault(after(text, ": ")));
    }
    return text;
}

} // namespace

base::UsageError usage_error(const CLI::App& app, const CLI::Error& problem, const Words& words) {
    // The verb, and its own verb if it has some.
    std::vector<const CLI::App*> levels = {&app};
    while (!levels.back()->get_subcommands().empty()) {
        levels.push_back(levels.back()->get_subcommands().front());
    }
    const CLI::App& verb = *levels.back();
    const std::string path = levels.size() == 1 ? "imgbuild" : "imgbuild " + levels[1]->get_name();
    const auto with_help = [&path](base::UsageError error) {
        if (error.hint().empty()) {
            error.set_hint(fmt::format("see {} --help", path));
        }
        return error;
    };
    const bool wants_verb = !declared_verbs(verb).empty();
    if (wants_verb) {
        const Words plain = plain_words(levels, words);
        if (plain.size() >= levels.size()) {
            return with_help(unknown_verb(verb, plain[levels.size() - 1]));
        }
        if (dynamic_cast<const CLI::RequiredError*>(&problem) != nullptr) {
            return with_help(base::UsageError(
                fmt::format("{} needs a verb: {}", verb.get_name(), verbs_of(verb, " or "))));
        }
    } else if (const auto unknown = unknown_option(verb, levels, words)) {
        return with_help(*unknown);
    }
    return with_help(base::UsageError(problem_text(verb, levels, problem)));
}

} // namespace imgbuild::cli
