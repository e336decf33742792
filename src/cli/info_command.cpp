// SPDX-License-Identifier: Apache-2.0
#include "cli/build_arguments.hpp"
#include "cli/commands.hpp"
#include "cli/error_printer.hpp"
#include "cli/info_output.hpp"
#include "cli/runtime.hpp"
#include "cli/workshop.hpp"
#include "config/host.hpp"
#include "config/mirrors.hpp"
#include "description/overview.hpp"

#include <unistd.h>

#include <iostream>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

/// Where each repository lies, or why that can't be said.
std::vector<RepositoryPlace>
locate(const std::vector<description::Repository>& repositories, const config::Mirrors& mirrors) {
    std::vector<RepositoryPlace> places;
    for (const description::Repository& repository : repositories) {
        RepositoryPlace& place = places.emplace_back();
        try {
            const config::Location location =
                mirrors.resolve(repository.path, repository.path_position);
            place.url = net::without_secrets(location.url);
            place.origin = location.origin;
        } catch (const base::UsageError& error) {
            place.problem = error.message();
        }
    }
    return places;
}

class InfoCommand final : public Command {
public:
    std::string name() const override { return "info"; }

    std::string summary() const override { return "Show what a description says, as selected"; }

    std::string examples() const override {
        return "  imgbuild info descriptions/debian-node\n"
               "  imgbuild info node.xml --profile gpu --json | jq '.repositories[].url'\n"
               "  imgbuild info node.xml --resolve-package-list\n"
               "      also every package that would be installed, with its version";
    }

    void declare(CLI::App& app) override {
        arguments_.declare(app);
        app.add_flag("--json", as_json_, "Print it as JSON");
        app.add_flag(
            "--resolve-package-list",
            resolves_,
            "Ask the package manager which packages would be installed");
    }

    int run(const GlobalOptions& options) override {
        Info info;
        info.overview = description::overview_of(
            description::Description::load(arguments_.build.description),
            arguments_.build.selection);
        const auto& found = info.overview.diagnostics;
        std::cerr << render_diagnostics(found, wants_color(options.color, STDERR_FILENO));
        info.places = locate(
            info.overview.request.repositories,
            config::Mirrors::load(config::Host::current(), arguments_.mirrors));
        if (resolves_ && !base::has_errors(found)) {
            resolve(options, info);
        }
        std::cout << (as_json_ ? info_as_json(info) : info_as_text(info));
        return static_cast<int>(
            base::has_errors(found) ? base::ExitCode::usage : base::ExitCode::ok);
    }

private:
    void resolve(const GlobalOptions& options, Info& info) const {
        GlobalOptions quiet = options;
        // What the description leaves out has been said already.
        quiet.log_level = base::LogLevel::error;
        Runtime runtime(quiet, Runtime::Privileges::build_roots);
        const Workshop workshop(arguments_, runtime.store_path(), runtime.context());
        info.resolution = workshop.inputs().resolution;
        for (const package::PackageSource& source : workshop.inputs().packages.sources) {
            info.sources.push_back(source.alias);
        }
    }

    BuildArguments arguments_;
    bool as_json_ = false;
    bool resolves_ = false;
};

} // namespace

std::unique_ptr<Command> make_info_command() {
    return std::make_unique<InfoCommand>();
}

} // namespace imgbuild::cli
