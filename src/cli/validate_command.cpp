// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/commands.hpp"
#include "cli/error_printer.hpp"
#include "description/description.hpp"

#include <unistd.h>

#include <iostream>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

class ValidateCommand final : public Command {
public:
    std::string name() const override { return "validate"; }

    std::string summary() const override { return "Check a description without building it"; }

    std::string examples() const override {
        return "  imgbuild validate descriptions/debian-minimal\n"
               "  imgbuild validate node.xml --profile gpu --target-arch aarch64\n"
               "  imgbuild validate node.kiwi --schema-only";
    }

    void declare(CLI::App& app) override {
        app.add_option("description", description_, "The description: a file, or its directory")
            ->required()
            ->type_name("DESCRIPTION");
        app.add_flag("--schema-only", schema_only_, "Only ask the schema; look at nothing else");
        app.add_option(
               "--profile", selection_.profiles, "Check as built with this profile (repeatable)")
            ->type_name("NAME");
        app.add_option("--type", selection_.type, "Check as built for this type")
            ->type_name("TYPE");
        app.add_option(
               "--target-arch", selection_.architecture, "Check as built for this architecture")
            ->type_name("ARCH");
    }

    int run(const GlobalOptions& options) override {
        const description::Description description = description::Description::load(description_);
        if (!schema_only_) {
            const std::vector<base::Diagnostic> found = description.check(selection_);
            if (base::has_errors(found)) {
                throw base::DescriptionError(found);
            }
            std::cerr << render_diagnostics(found, wants_color(options.color, STDERR_FILENO));
        }
        std::cout << description.model().file << ": valid\n";
        return 0;
    }

private:
    std::string description_;
    description::Selection selection_;
    bool schema_only_ = false;
};

} // namespace

std::unique_ptr<Command> make_validate_command() {
    return std::make_unique<ValidateCommand>();
}

} // namespace imgbuild::cli
