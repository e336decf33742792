// SPDX-License-Identifier: Apache-2.0
#include "package/dpkg_session.hpp"

#include "base/error.hpp"
#include "base/exit_status.hpp"
#include "package/dpkg_output.hpp"

#include <fmt/format.h>

#include <utility>

namespace imgbuild::package {
namespace {

constexpr std::string_view policy_path = "usr/sbin/policy-rc.d";
/// 101: the action is forbidden (invoke-rc.d, deb-systemd-invoke).
constexpr std::string_view policy = "#!/bin/sh\nexit 101\n";

} // namespace

DpkgSession::DpkgSession(root::WorkingRoot& root, DpkgOptions options)
    : root_(root)
    , options_(std::move(options))
    , sandbox_(root.mount_path()) {
    if (!root_.root().exists(policy_path)) {
        root_.root().make_directories("usr/sbin", {.mode = 0755});
        root_.root().write(policy_path, policy, {.mode = 0755});
        made_policy_ = true;
    }
}

DpkgSession::~DpkgSession() {
    try {
        // A package may have brought its own in the meantime.
        if (made_policy_ && root_.root().try_read(policy_path) == policy) {
            root_.root().remove(policy_path);
        }
    } catch (const base::Error&) {
        // Only a root that is thrown away can't be written any more.
    }
}

void DpkgSession::show(const std::string& directory, const std::string& target) {
    binds_.push_back({.source = directory, .target = target, .read_only = true});
}

root::SandboxCommand DpkgSession::command(std::vector<std::string> argv) {
    root::SandboxCommand command;
    command.argv = std::move(argv);
    command.environment = {
        {"DEBCONF_NONINTERACTIVE_SEEN", "true"},
        {"DEBCONF_NOWARNINGS", "yes"},
        {"DEBIAN_FRONTEND", "noninteractive"},
        {"DEBIAN_PRIORITY", "critical"},
        {"HOME", "/root"},
        // An initrd is made once all is complete, if the description wants one.
        {"INITRD", "No"},
        {"LC_ALL", "C.UTF-8"},
        {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        {"SOURCE_DATE_EPOCH", std::to_string(options_.epoch)},
    };
    command.binds = binds_;
    if (options_.helpers != nullptr) {
        options_.helpers->look_at(root_.root());
        options_.helpers->add_to(command);
    }
    return command;
}

void DpkgSession::dpkg(const std::vector<std::string>& arguments, const base::Context& context) {
    std::vector<std::string> argv = {"dpkg", "--force-unsafe-io"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    root::SandboxCommand command = this->command(std::move(argv));
    DpkgOutput output;
    command.on_output = [&](std::string_view line) {
        context.reporter.output(line);
        if (output.read(line) && options_.progress != nullptr) {
            options_.progress->advance(1);
        }
    };
    const root::SandboxResult result = sandbox_.run(command, context);
    if (result.status != 0) {
        throw output.error(result.status, result.last_lines);
    }
}

void DpkgSession::run(
    std::vector<std::string> argv, const std::string& input, const base::Context& context) {
    root::SandboxCommand command = this->command(std::move(argv));
    command.input = input;
    command.on_output = [&context](std::string_view line) { context.reporter.output(line); };
    const root::SandboxResult result = sandbox_.run(command, context);
    if (result.status != 0) {
        base::Error error(
            fmt::format("{} {}", command.argv.front(), base::exit_status_text(result.status)),
            base::ExitCode::script);
        error.set_details(result.last_lines);
        throw error;
    }
}

void DpkgSession::script(
    const std::string& path,
    const std::string& package,
    const std::string& architecture,
    const std::string& name,
    const std::string& forced,
    const base::Context& context) {
    root::SandboxCommand command = this->command({path, "install"});
    command.environment.insert({
        {"DPKG_ADMINDIR", "/var/lib/dpkg"},
        {"DPKG_FORCE", forced},
        {"DPKG_MAINTSCRIPT_ARCH", architecture},
        {"DPKG_MAINTSCRIPT_DEBUG", "0"},
        {"DPKG_MAINTSCRIPT_NAME", name},
        {"DPKG_MAINTSCRIPT_PACKAGE", package},
        {"DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT", "1"},
        {"DPKG_ROOT", ""},
        {"DPKG_RUNNING_VERSION", options_.dpkg_version},
    });
    DpkgOutput output;
    command.on_output = [&](std::string_view line) {
        context.reporter.output(line);
        output.read(line);
    };
    const root::SandboxResult result = sandbox_.run(command, context);
    if (result.status != 0) {
        // What dpkg would print.
        output.read(fmt::format("dpkg: error processing package {} (--unpack):", package));
        output.read(fmt::format(
            " new {} package pre-installation script subprocess returned error exit status {}",
            package,
            result.status));
        throw output.error(result.status, result.last_lines);
    }
}

} // namespace imgbuild::package
