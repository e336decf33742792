// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "description/reference.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

class SchemaCommand final : public Command {
public:
    std::string name() const override { return "schema"; }

    std::string summary() const override { return "Print the description language's schema"; }

    std::string examples() const override {
        return "  imgbuild schema > imgbuild.rng\n"
               "      for editors: RELAX NG, with a sentence for each element and attribute\n"
               "  imgbuild schema --doc repository\n"
               "      what an element is for, its attributes and children";
    }

    void declare(CLI::App& app) override {
        CLI::Option* const rng =
            app.add_flag("--rng", as_rng_, "RELAX NG in its XML syntax; this is the default");
        CLI::Option* const rnc =
            app.add_flag("--rnc", as_rnc_, "RELAX NG in its compact syntax, the source");
        CLI::Option* const page =
            app.add_flag("--reference", as_page_, "The reference of all elements, in Markdown");
        CLI::Option* const element =
            app.add_option("--doc", element_, "What is to be known about an element")
                ->type_name("ELEMENT");
        rng->excludes(rnc)->excludes(page)->excludes(element);
        rnc->excludes(page)->excludes(element);
        page->excludes(element);
    }

    int run(const GlobalOptions&) override {
        if (!element_.empty()) {
            std::cout << description::reference_of(element_);
        } else if (as_page_) {
            std::cout << description::reference_page();
        } else {
            std::cout << (as_rnc_ ? description::schema_rnc() : description::schema_rng());
        }
        return 0;
    }

private:
    std::string element_;
    /// What is printed without any option, too.
    bool as_rng_ = false;
    bool as_rnc_ = false;
    bool as_page_ = false;
};

} // namespace

std::unique_ptr<Command> make_schema_command() {
    return std::make_unique<SchemaCommand>();
}

} // namespace imgbuild::cli
