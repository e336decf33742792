// SPDX-License-Identifier: Apache-2.0
#include "cli/run.hpp"

#include "base/cancel.hpp"
#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "base/nearest_name.hpp"
#include "cli/commands.hpp"
#include "cli/error_printer.hpp"
#include "cli/global_options.hpp"
#include "cli/help_formatter.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <new>
#include <optional>
#include <vector>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

/// The first word that looks like an option of the verb and is none: CLI11 complains about what is
/// missing before it looks at what is misspelt. Nothing if there is no such word.
std::optional<base::UsageError>
unknown_option(const CLI::App& app, const CLI::App& verb, int argc, char** argv) {
    std::vector<std::string> known = {"--help"};
    for (const CLI::App* level : {&app, &verb}) {
        for (const CLI::Option* option : level->get_options()) {
            for (const std::string& name : option->get_lnames()) {
                known.push_back("--" + name);
            }
        }
    }
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const std::string name = word.substr(0, word.find('='));
        if (word == "--") {
            break;
        }
        const bool is_option = word.rfind("--", 0) == 0;
        if (is_option && std::find(known.begin(), known.end(), name) == known.end()) {
            base::UsageError error(verb.get_name() + " has no option " + name);
            const std::string proposal = base::did_you_mean(name, {known.begin(), known.end()});
            error.set_hint(
                proposal.empty() ? "see imgbuild " + verb.get_name() + " --help" : proposal);
            return error;
        }
    }
    return std::nullopt;
}

/// CLI11's message, with a proposal for a misspelt verb.
int print_usage_error(const CLI::App& app, const CLI::ParseError& problem, int argc, char** argv) {
    if (problem.get_exit_code() == 0) {
        return app.exit(problem);
    }
    std::vector<std::string> names;
    for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(verb->get_name());
    }
    base::UsageError error(problem.what());
    error.set_hint("see imgbuild --help");
    if (app.get_subcommands().empty()) {
        for (int i = 1; i < argc; ++i) {
            const std::string word = argv[i];
            if (word.rfind('-', 0) != 0) {
                error = base::UsageError("there is no verb \"" + word + "\"");
                const std::string proposal = base::did_you_mean(word, {names.begin(), names.end()});
                error.set_hint(proposal.empty() ? "see imgbuild --help" : proposal);
                break;
            }
        }
    } else {
        const CLI::App& verb = *app.get_subcommands().front();
        error.set_hint("see imgbuild " + verb.get_name() + " --help");
        if (const auto unknown = unknown_option(app, verb, argc, argv);
            unknown && verb.get_subcommands().empty()) {
            error = *unknown;
        }
    }
    print_error(error, When::automatic);
    return static_cast<int>(base::ExitCode::usage);
}

} // namespace

int run(int argc, char** argv) {
    CLI::App app("Builds compute-node images for Warewulf from one XML description.", "imgbuild");
    app.formatter(make_help_formatter(help_columns()));
    app.require_subcommand(1);
    app.fallthrough();
    app.footer("A verb's own options and examples: imgbuild VERB --help. The manual: docs/ of the\n"
               "source.\n"
               "\n"
               "Examples:\n"
               "  imgbuild validate descriptions/debian-minimal\n"
               "  imgbuild build descriptions/debian-minimal --target-dir out\n"
               "  imgbuild boot out");
    GlobalOptions options;
    declare(options, app);
    const std::vector<std::unique_ptr<Command>> commands = all_commands();
    for (const auto& command : commands) {
        CLI::App* verb = app.add_subcommand(command->name(), command->summary());
        verb->fallthrough();
        verb->footer("Examples:\n" + command->examples());
        command->declare(*verb);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        return print_usage_error(app, problem, argc, argv);
    }
    try {
        for (const auto& command : commands) {
            if (app.got_subcommand(command->name())) {
                return command->run(options);
            }
        }
    } catch (const base::Interrupted&) {
        std::cerr << "imgbuild: interrupted\n";
        return static_cast<int>(base::ExitCode::interrupted);
    } catch (const base::Error& error) {
        print_error(error, options.color);
        return static_cast<int>(error.exit_code());
    } catch (const std::bad_alloc&) {
        print_error(base::Error("out of memory"), options.color);
        return static_cast<int>(base::ExitCode::retryable);
    } catch (const std::exception& problem) {
        base::Error error(std::string("unexpected: ") + problem.what());
        error.set_hint("this is a defect of imgbuild; please report it");
        print_error(error, options.color);
        return static_cast<int>(error.exit_code());
    }
    return static_cast<int>(base::ExitCode::usage);
}

} // namespace imgbuild::cli
