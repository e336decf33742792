// SPDX-License-Identifier: Apache-2.0
#include "cli/help_formatter.hpp"

#include "cli/declared_verbs.hpp"
#include "cli/display_text.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

/// What CLI11 calls the group of options that have none.
constexpr std::string_view default_group = "Options";
constexpr std::size_t indent = 2;
/// Room for names; a longer one has a line of its own.
constexpr std::size_t name_columns = 28;
/// Narrower descriptions than this go under the names.
constexpr std::size_t least_description = 30;

/// "DIR", "USER[:GROUP]"; empty for a flag. CLI11 appends what its validators say behind a colon.
std::string value_name(const CLI::Option& option) {
    if (option.get_type_size() == 0) {
        return {};
    }
    std::string name = option.get_type_name();
    int depth = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        depth += name[i] == '[' ? 1 : name[i] == ']' ? -1 : 0;
        if (name[i] == ':' && depth == 0) {
            return name.substr(0, i);
        }
    }
    return name;
}

std::string names_of(const CLI::Option& option) {
    if (option.nonpositional()) {
        std::string names;
        for (const std::string& name : option.get_snames()) {
            names += (names.empty() ? "-" : ", -") + name;
        }
        for (const std::string& name : option.get_lnames()) {
            names += (names.empty() ? "--" : ", --") + name;
        }
        const std::string value = value_name(option);
        return value.empty() ? names : names + " " + value;
    }
    return value_name(option);
}

class HelpFormatter final : public CLI::FormatterBase {
public:
    HelpFormatter(std::size_t columns, std::string words)
        : columns_(columns)
        , words_(std::move(words)) {}

    std::string
    make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const override {
        std::string text = paragraph(app->get_description());
        text += "\nUsage: " + name + usage_arguments(*app) + (words_.empty() ? "" : " " + words_) +
                "\n";
        std::vector<const CLI::Option*> arguments =
            app->get_options([](const CLI::Option* option) { return option->get_positional(); });
        text += options_section("Arguments", arguments);
        text += verbs_section(*app);
        text += option_groups(*app);
        for (const CLI::App* parent = app->get_parent(); parent != nullptr;
             parent = parent->get_parent()) {
            text += inherited_groups(*parent);
        }
        if (!app->get_footer().empty()) {
            text += "\n" + app->get_footer() + "\n";
        }
        return text;
    }

private:
    static std::string usage_arguments(const CLI::App& app) {
        std::string text;
        if (!app.get_options([](const CLI::Option* option) {
                    return option->nonpositional() && !option->get_required();
                })
                 .empty()) {
            text += " [OPTIONS]";
        }
        for (const CLI::Option* option : app.get_options()) {
            if (option->nonpositional() && option->get_required()) {
                text += " " + names_of(*option);
            }
        }
        for (const CLI::Option* option : app.get_options()) {
            if (!option->nonpositional()) {
                const std::string name =
                    names_of(*option) + (option->get_items_expected_max() > 1 ? "..." : "");
                text += option->get_required() ? " " + name : " [" + name + "]";
            }
        }
        if (!declared_verbs(app).empty()) {
            text += " VERB ...";
        }
        return text;
    }

    std::string verbs_section(const CLI::App& app) const {
        const std::vector<const CLI::App*> verbs = declared_verbs(app);
        std::string text = verbs.empty() ? "" : "\nVerbs:\n";
        for (const CLI::App* verb : verbs) {
            text += entry(verb->get_name(), verb->get_description());
        }
        return text;
    }

    std::string option_groups(const CLI::App& app) const {
        std::string text;
        for (const std::string& group : app.get_groups()) {
            text += options_section(group, options_of(app, group));
        }
        return text;
    }

    /// Without the parent's own group: its help is not the verb's.
    std::string inherited_groups(const CLI::App& parent) const {
        std::string text;
        for (const std::string& group : parent.get_groups()) {
            if (group != default_group) {
                text += options_section(group, options_of(parent, group));
            }
        }
        return text;
    }

    static std::vector<const CLI::Option*>
    options_of(const CLI::App& app, const std::string& group) {
        return app.get_options([&group](const CLI::Option* option) {
            return option->nonpositional() && option->get_group() == group;
        });
    }

    std::string options_section(
        const std::string& title, const std::vector<const CLI::Option*>& options) const {
        std::string text = options.empty() ? "" : "\n" + title + ":\n";
        for (const CLI::Option* option : options) {
            const std::string required =
                option->get_required() && option->nonpositional() ? " (required)" : "";
            text += entry(names_of(*option), option->get_description() + required);
        }
        return text;
    }

    std::string paragraph(const std::string& text) const {
        std::string out;
        for (const std::string& line : wrap(text, columns_)) {
            out += line + "\n";
        }
        return out;
    }

    /// A name, and beside it what it means.
    std::string entry(const std::string& name, const std::string& description) const {
        const bool has_two_columns = columns_ >= indent + name_columns + least_description;
        const std::size_t start = has_two_columns ? indent + name_columns : 3 * indent;
        const std::size_t width = columns_ > start + 10 ? columns_ - start : 10;
        std::string text = std::string(indent, ' ') + name;
        const bool begins_beside = has_two_columns && display_width(text) + 2 <= start;
        bool is_first = true;
        for (const std::string& line : wrap(description, width)) {
            if (is_first && begins_beside) {
                text += std::string(start - display_width(text), ' ') + line;
            } else {
                text += "\n" + std::string(start, ' ') + line;
            }
            is_first = false;
        }
        return text + "\n";
    }

    std::size_t columns_;
    std::string words_;
};

} // namespace

std::shared_ptr<CLI::FormatterBase> make_help_formatter(std::size_t columns, std::string words) {
    return std::make_shared<HelpFormatter>(columns, std::move(words));
}

std::size_t help_columns() {
    constexpr std::size_t usual = 80;
    constexpr std::size_t widest = 100;
    winsize size = {};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return usual;
    }
    return std::min<std::size_t>(size.ws_col, widest);
}

} // namespace imgbuild::cli
