// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/build_options.hpp"
#include "config/transfer_settings.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace imgbuild::cli {

/// The options that say which of a description's images is meant.
void declare_choice(CLI::App& app, description::Selection& selection);

/// The options that build, explain and shell share: which description, what of it, from where.
struct BuildArguments {
    build::BuildOptions build;
    std::vector<std::string> mirrors;
    config::TransferWishes transfers;
    /// --authfile: logins for registries.
    std::string authfile;
    /// --policy: whose container images are let in.
    std::string policy;
    std::vector<std::string> secrets;
    std::string compression;
    std::string driver;
    std::string unpacking;
    std::string configuring;
    /// --store as it was given, for hints.
    std::string store;

    void declare(CLI::App& app);

    /// The options as the build understands them. @throws base::UsageError.
    build::BuildOptions options() const;

private:
    std::string shell_command() const;

    /// Those that `declare` made and that decide which roots there are.
    std::vector<const CLI::Option*> deciding_options_;
};

} // namespace imgbuild::cli
