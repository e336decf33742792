// SPDX-License-Identifier: Apache-2.0
#include "cli/build_arguments.hpp"

#include "base/error.hpp"
#include "base/shell_quoted.hpp"
#include "cli/version.hpp"
#include "description/description.hpp"
#include "net/client.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

root::DriverChoice driver_from_name(const std::string& name) {
    if (name == "overlay") {
        return root::DriverChoice::overlay;
    }
    return name == "plain" ? root::DriverChoice::plain : root::DriverChoice::automatic;
}

/// A value as a word of a command line; without the secrets of a URL in it, which are in no log.
std::string word(const std::string& text) {
    const std::size_t mark = text.find("://");
    if (mark == std::string::npos) {
        return base::shell_word(text);
    }
    // Behind "NAME=", or at the very start.
    const std::size_t url = text.find_last_of("=,", mark) + 1;
    return base::shell_word(text.substr(0, url) + net::without_secrets(text.substr(url)));
}

} // namespace

void declare_choice(CLI::App& app, description::Selection& selection) {
    app.add_option("--profile", selection.profiles, "Select a profile (repeatable)")
        ->type_name("NAME");
    app.add_option("--type", selection.type, "The type to build, if the description has several")
        ->type_name("TYPE");
    app.add_option(
           "--target-arch",
           selection.architecture,
           "Architecture of the image. Default: this machine's")
        ->type_name("ARCH");
}

void BuildArguments::declare(CLI::App& app) {
    description::Selection& selection = build.selection;
    const std::size_t others = app.get_options().size();
    app.add_option("description", build.description, "The description: a file, or its directory")
        ->required()
        ->type_name("DESCRIPTION");
    declare_choice(app, selection);
    app.add_option("--add-package", selection.add_packages, "Install another package (repeatable)")
        ->type_name("NAME");
    app.add_option(
           "--delete-package", selection.delete_packages, "Remove a package again (repeatable)")
        ->type_name("NAME");
    app.add_option(
           "--add-repo",
           selection.add_repositories,
           "Another repository: SOURCE,TYPE,ALIAS,PRIORITY,IMAGEINCLUDE,PACKAGE_GPGCHECK,"
           "{SIGNING_KEYS},COMPONENTS,DISTRIBUTION,REPO_GPGCHECK (repeatable)")
        ->type_name("FIELDS");
    app.add_option(
           "--set-repo", selection.set_repository, "Change the first repository; same fields")
        ->type_name("FIELDS");
    app.add_option("--mirror", mirrors, "The URL behind mirror:NAME (repeatable)")
        ->type_name("NAME=URL");
    app.add_option(
           "--proxy", transfers.proxy, "Proxy for all transfers. Default: http_proxy and friends")
        ->type_name("URL");
    app.add_option("--ca-file", transfers.ca_file, "More certificate authorities (PEM)")
        ->type_name("FILE");
    app.add_option(
           "--tries",
           transfers.tries,
           "How often a transfer that may yet succeed is tried. Default: 5")
        ->check(CLI::Range(1U, 1000U))
        ->type_name("N");
    app.add_option(
           "--timeout",
           transfers.timeout,
           "A try is over when there is no connection, or next to nothing comes, for so long. "
           "Default: 15 to connect, 30 for the rest")
        ->check(CLI::Range(1U, 86400U))
        ->type_name("SECONDS");
    app.add_option(
           "--authfile", authfile, "Logins for container registries, as podman login writes them")
        ->type_name("FILE");
    app.add_option(
           "--policy",
           policy,
           "Whose container images are let in. Default: policy.json as podman reads it")
        ->type_name("FILE");
    app.add_option("--secret", secrets, "A file that scripts see as /run/secrets/NAME (repeatable)")
        ->type_name("NAME=FILE");
    for (std::size_t i = others; i < app.get_options().size(); ++i) {
        deciding_options_.push_back(app.get_options()[i]);
    }
    app.add_option(
           "--compression",
           compression,
           "fast, default, small or none. Default: the type's, else default")
        ->check(CLI::IsMember({"fast", "default", "small", "none"}))
        ->type_name("LEVEL");
    app.add_option("--driver", driver, "How layers are stacked: auto, overlay or plain")
        ->check(CLI::IsMember({"auto", "overlay", "plain"}))
        ->type_name("DRIVER");
    app.add_option(
           "--unpack",
           unpacking,
           "Who unpacks packages: native (imgbuild itself), or dpkg. The image is the same. "
           "Default: native")
        ->check(CLI::IsMember({"dpkg", "native"}))
        ->type_name("HOW");
    app.add_option(
           "--configure",
           configuring,
           "Whether calls of well-known helpers by packages' scripts are done by imgbuild (fast) "
           "or by "
           "the image's own (plain). The image is the same. Default: fast")
        ->check(CLI::IsMember({"fast", "plain"}))
        ->type_name("HOW");
    app.add_flag("--refresh", build.refresh, "Ask the mirrors even if the last answer is fresh");
    app.add_flag(
        "--allow-expired", build.allow_expired, "Use package indexes past their Valid-Until");
}

build::BuildOptions BuildArguments::options() const {
    build::BuildOptions options = build;
    options.tool_version = std::string(version);
    options.driver = driver_from_name(driver);
    options.shell_command = shell_command();
    if (!compression.empty()) {
        options.compression = pack::compression_from_name(compression);
    }
    for (const std::string& secret : secrets) {
        const std::size_t equals = secret.find('=');
        const std::string name = secret.substr(0, equals);
        if (equals == std::string::npos || name.empty() || name.find('/') != std::string::npos) {
            throw base::UsageError(
                "--secret " + secret + ": expected NAME=FILE, without a slash in NAME");
        }
        options.secrets[name] = secret.substr(equals + 1);
    }
    return options;
}

std::string BuildArguments::shell_command() const {
    std::string text =
        "imgbuild shell " + word(description::find_description_file(build.description));
    if (!store.empty()) {
        text += " --store " + word(store);
    }
    for (const CLI::Option* const option : deciding_options_) {
        if (!option->get_positional()) {
            for (const std::string& value : option->results()) {
                text += fmt::format(" {} {}", option->get_name(), word(value));
            }
        }
    }
    return build.allow_expired ? text + " --allow-expired" : text;
}

} // namespace imgbuild::cli
