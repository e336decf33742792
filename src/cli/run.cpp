// SPDX-License-Identifier: Apache-2.0
#include "cli/run.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "cli/commands.hpp"
#include "cli/error_printer.hpp"
#include "cli/global_options.hpp"
#include "cli/help_formatter.hpp"
#include "cli/usage_error.hpp"
#include "cli/verb_first.hpp"

#include <iostream>
#include <memory>
#include <new>
#include <vector>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

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
    const std::vector<std::string> words = verb_first(app, {argv + 1, argv + argc});
    try {
        // CLI11 takes the words from the back.
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ParseError& problem) {
        if (problem.get_exit_code() == 0) {
            return app.exit(problem);
        }
        print_error(usage_error(app, problem, words), When::automatic);
        return static_cast<int>(base::ExitCode::usage);
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
