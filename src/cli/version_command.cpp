// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/version.hpp"

#include <iostream>

namespace imgbuild::cli {

namespace {

class VersionCommand final : public Command {
public:
    std::string name() const override { return "version"; }

    std::string summary() const override { return "Print the version"; }

    std::string examples() const override { return "  imgbuild version"; }

    void declare(CLI::App&) override {}

    int run(const GlobalOptions&) override {
        std::cout << "imgbuild " << version << '\n';
        return 0;
    }
};

} // namespace

std::unique_ptr<Command> make_version_command() {
    return std::make_unique<VersionCommand>();
}

} // namespace imgbuild::cli
