// SPDX-License-Identifier: Apache-2.0
#include "cli/global_options.hpp"

#include <map>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

/// Words of an option and what they mean.
template <typename Value>
void add_choice(
    CLI::App& app,
    const std::string& name,
    Value& target,
    const std::map<std::string, Value>& words,
    const std::string& description,
    const std::string& value_name) {
    app.add_option_function<std::string>(
           name,
           [&target, words](const std::string& word) { target = words.at(word); },
           description)
        ->check([words](const std::string& word) {
            if (words.count(word) != 0) {
                return std::string();
            }
            std::string known;
            for (const auto& [text, value] : words) {
                known += (known.empty() ? "" : ", ") + text;
            }
            return "\"" + word + "\" is none of " + known;
        })
        ->type_name(value_name);
}

} // namespace

void declare(GlobalOptions& options, CLI::App& app) {
    const std::string group = "Options of every verb";
    app.add_option(
           "--store",
           options.store,
           "Where downloads, layers and chunks are kept. Default: /var/cache/imgbuild for root, "
           "else "
           "$XDG_CACHE_HOME/imgbuild")
        ->type_name("DIR")
        ->group(group);
    app.add_option("--jobs", options.jobs, "Threads to use. Default: one per processor")
        ->type_name("N")
        ->check(CLI::Range(1U, 1024U))
        ->group(group);
    add_choice<ProgressStyle>(
        app,
        "--progress",
        options.progress,
        {{"auto", ProgressStyle::automatic},
         {"terminal", ProgressStyle::terminal},
         {"plain", ProgressStyle::plain},
         {"json", ProgressStyle::json},
         {"none", ProgressStyle::none}},
        "How to show what is going on: auto, terminal, plain, json (a JSON object a line) or none",
        "STYLE");
    add_choice<When>(
        app,
        "--color",
        options.color,
        {{"auto", When::automatic}, {"always", When::always}, {"never", When::never}},
        "Colours: auto (on a terminal, unless NO_COLOR is set), always or never",
        "WHEN");
    add_choice<base::LogLevel>(
        app,
        "--log-level",
        options.log_level,
        {{"debug", base::LogLevel::debug},
         {"info", base::LogLevel::info},
         {"warning", base::LogLevel::warning},
         {"error", base::LogLevel::error}},
        "The least important messages shown: debug (also every line of output of commands in the "
        "image), info, warning or error",
        "LEVEL");
    for (const char* const name : {"--progress", "--color", "--log-level"}) {
        app.get_option(name)->group(group);
    }
}

} // namespace imgbuild::cli
