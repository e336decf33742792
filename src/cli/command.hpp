// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/global_options.hpp"

#include <string>

namespace imgbuild::cli {

/// A verb. It holds no logic of its own: it turns options into a request, and a result into output.
class Command {
public:
    Command() = default;
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;
    virtual ~Command() = default;

    virtual std::string name() const = 0;

    /// One line for the list of verbs.
    virtual std::string summary() const = 0;

    /// Command lines that show the usual uses, for the end of --help: a line each, with what it does
    /// behind it or above it; at most 78 columns.
    virtual std::string examples() const = 0;

    /// Declares options and positional arguments.
    virtual void declare(CLI::App& app) = 0;

    /// @returns the exit code. @throws base::Error, base::Interrupted: reported by `run`.
    virtual int run(const GlobalOptions& options) = 0;
};

} // namespace imgbuild::cli
