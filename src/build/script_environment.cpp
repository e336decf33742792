// SPDX-License-Identifier: Apache-2.0
#include "build/script_environment.hpp"

#include "base/error.hpp"
#include "base/exit_status.hpp"
#include "base/shell_quoted.hpp"
#include "base/text.hpp"
#include "root/sandbox.hpp"

#include <fmt/format.h>

namespace imgbuild::build {

namespace {

std::string names_of(const std::vector<description::NamedItem>& items) {
    std::vector<std::string> names;
    for (const description::NamedItem& item : items) {
        names.push_back(item.name);
    }
    return base::join(names, " ");
}

} // namespace

std::map<std::string, std::string> kiwi_variables(const description::Request& request) {
    return {
        {"kiwi_iname", request.name},
        {"kiwi_iversion", request.version},
        {"kiwi_displayname", request.display_name.empty() ? request.name : request.display_name},
        {"kiwi_type", request.type},
        {"kiwi_profiles", base::join(request.profiles, ",")},
        {"kiwi_language", request.locale},
        {"kiwi_keytable", request.keytable},
        {"kiwi_timezone", request.timezone},
        {"kiwi_cmdline", request.kernel_command_line},
        {"kiwi_delete", names_of(request.delete_packages)},
        {"kiwi_drivers", ""},
        {"kiwi_arch", request.architecture},
    };
}

std::string profile_text(const std::map<std::string, std::string>& variables) {
    std::string text;
    for (const auto& [name, value] : variables) {
        text += fmt::format("{}={}\n", name, base::shell_quoted(value));
    }
    return text;
}

std::map<std::string, std::string> command_environment() {
    return {
        {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        {"HOME", "/root"},
        {"USER", "root"},
        {"LOGNAME", "root"},
        {"SHELL", "/bin/bash"},
        {"LANG", "C.UTF-8"},
        {"LC_ALL", "C.UTF-8"},
        {"TERM", "dumb"},
        {"TZ", "UTC"},
        {"DEBIAN_FRONTEND", "noninteractive"},
    };
}

std::string secret_path(const std::string& name) {
    return "/run/secrets/" + name;
}

void run_in_root(
    const StageContext& stage, const std::vector<std::string>& argv, const std::string& what) {
    const root::Sandbox sandbox(stage.root.mount_path());
    const root::SandboxResult result = sandbox.run(
        {
            .argv = argv,
            .environment = command_environment(),
            .on_output = [&](std::string_view line) { stage.context.reporter.output(line); },
        },
        stage.context);
    if (result.status != 0) {
        throw base::Error(
            fmt::format("{}: {} {}", what, argv.front(), base::exit_status_text(result.status)),
            base::ExitCode::script)
            .set_details(result.last_lines);
    }
}

} // namespace imgbuild::build
