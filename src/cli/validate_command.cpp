// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/commands.hpp"
#include "cli/diagnostic_format.hpp"
#include "cli/error_printer.hpp"
#include "description/description.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>

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
               "  imgbuild validate node.kiwi --schema-only\n"
               "  imgbuild validate node.kiwi --format json | jq -r '.message'";
    }

    void declare(CLI::App& app) override {
        app.add_option(
               "description", descriptions_, "The descriptions: each a file, or its directory")
            ->required()
            ->type_name("DESCRIPTION");
        app.add_flag("--schema-only", schema_only_, "Only ask the schema; look at nothing else");
        app.add_option(
               "--format",
               format_,
               "How to print what is found: text, json (an object a line), github (annotations) "
               "or gcc (for editors)")
            ->check(CLI::IsMember({"text", "json", "github", "gcc"}))
            ->type_name("FORMAT");
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
        int worst = 0;
        for (const std::string& path : descriptions_) {
            worst = std::max(worst, check(path, options));
        }
        return worst;
    }

private:
    /// @return an exit code: what is wrong with one description does not hide the next.
    int check(const std::string& path, const GlobalOptions& options) const {
        try {
            const std::vector<base::Diagnostic> found = find(path);
            const bool is_valid = !base::has_errors(found);
            show(path, found, is_valid, options);
            return static_cast<int>(is_valid ? base::ExitCode::ok : base::ExitCode::usage);
        } catch (const base::Error& error) {
            print_error(error, options.color);
            return static_cast<int>(error.exit_code());
        }
    }

    void show(
        const std::string& path,
        const std::vector<base::Diagnostic>& found,
        bool is_valid,
        const GlobalOptions& options) const {
        static const std::map<std::string, DiagnosticFormat> formats = {
            {"json", DiagnosticFormat::json},
            {"github", DiagnosticFormat::github},
            {"gcc", DiagnosticFormat::gcc}};
        const auto format = formats.find(format_);
        if (format != formats.end()) {
            std::cout << format_diagnostics(found, format->second);
            return;
        }
        std::cerr << render_diagnostics(found, wants_color(options.color, STDERR_FILENO));
        if (is_valid) {
            std::cout << description::find_description_file(path) << ": valid\n";
        }
    }

    std::vector<base::Diagnostic> find(const std::string& path) const {
        try {
            const description::Description description = description::Description::load(path);
            return schema_only_ ? std::vector<base::Diagnostic>() : description.check(selection_);
        } catch (const base::DescriptionError& error) {
            return error.diagnostics();
        }
    }

    std::vector<std::string> descriptions_;
    description::Selection selection_;
    std::string format_ = "text";
    bool schema_only_ = false;
};

} // namespace

std::unique_ptr<Command> make_validate_command() {
    return std::make_unique<ValidateCommand>();
}

} // namespace imgbuild::cli
