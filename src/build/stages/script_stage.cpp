// SPDX-License-Identifier: Apache-2.0
#include "build/stages/script_stage.hpp"

#include "base/error.hpp"
#include "base/exit_status.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "build/file_inputs.hpp"
#include "build/script_environment.hpp"
#include "build/script_line.hpp"
#include "check/kernel.hpp"
#include "root/sandbox.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace imgbuild::build {

namespace {

/// Raise when something here changes what a script sees.
constexpr int script_stage_version = 1;

/// Where kiwi has the description while scripts run; bound in, so nothing of it stays in the image.
constexpr std::string_view image_directory = "/image";
constexpr std::string_view line_file_name = ".line";
constexpr std::string_view bash_environment_name = ".bash_env";

/// A script that failed with less than this many bytes left where it writes failed for want of them.
constexpr std::uint64_t least_free_space = std::uint64_t{1} << 20U;

std::vector<std::string>
command_of(const std::string& path, std::string_view text, bool is_executable) {
    if (is_executable && text.substr(0, 2) == "#!") {
        return {path};
    }
    return {"bash", path};
}

/// The program that a script's first line names.
std::string interpreter(std::string_view text) {
    const std::string_view line = text.substr(2, text.find('\n') - 2);
    const std::size_t first = line.find_first_not_of(" \t");
    const std::string_view named = line.substr(std::min(first, line.size()));
    return std::string(named.substr(0, named.find_first_of(" \t")));
}

} // namespace

ScriptStage::ScriptStage(std::string name, std::string script, const Inputs& inputs)
    : name_(std::move(name))
    , script_(std::move(script))
    , inputs_(inputs) {}

std::string ScriptStage::title() const {
    return fmt::format("running {}", file_name());
}

std::string ScriptStage::file_name() const {
    return script_.substr(script_.rfind('/') + 1);
}

bool ScriptStage::is_executable() const {
    return ::access(script_.c_str(), X_OK) == 0;
}

void ScriptStage::describe(KeyInputs& inputs) const {
    inputs.add("version of running scripts", script_stage_version);
    add_file(inputs, file_name(), script_);
    inputs.add("helper functions", crypto::sha256(kconfig_text()));
    inputs.add("epoch", inputs_.epoch);
    for (const auto& [name, value] : variables()) {
        inputs.add(name, value);
    }
    for (const auto& [name, file] : inputs_.secrets) {
        // Its content must not leave a trace, so a changed secret does not run the script again.
        inputs.add(fmt::format("secret {}", name), "given");
    }
}

std::map<std::string, std::string> ScriptStage::variables() const {
    std::map<std::string, std::string> all = kiwi_variables(inputs_.request);
    if (name_ == post_bootstrap_stage) {
        // What is deleted in the end is no matter of the bootstrap: changing it must not make all again.
        all.erase("kiwi_delete");
    }
    return all;
}

void ScriptStage::run(const StageContext& stage) {
    const std::string text = base::read_file(script_);
    const std::string in_image = base::join_path(image_directory, file_name());
    const auto put = [&](std::string_view name, std::string_view content, mode_t mode) {
        const std::string path = base::join_path(stage.scratch, name);
        base::replace_file(path, content, mode);
        return path;
    };
    put(file_name(), text, is_executable() ? 0755 : 0644);
    put(bash_environment_name,
        watch_text(in_image, base::join_path(image_directory, line_file_name)),
        0644);

    root::SandboxCommand command;
    command.argv = command_of(in_image, text, is_executable());
    command.working_directory = "/";
    command.environment = command_environment();
    command.environment.merge(variables());
    command.environment["BASH_ENV"] = base::join_path(image_directory, bash_environment_name);
    command.environment["SOURCE_DATE_EPOCH"] = std::to_string(inputs_.epoch);
    if (const auto kernel = check::find_kernel(stage.below)) {
        // uname -r would give the host's.
        command.environment["kiwi_kernel_version"] = kernel->modules_version;
    }
    command.binds = {
        {stage.scratch, std::string(image_directory), false},
        {put(".profile", profile_text(variables()), 0644), "/.profile", true},
        {put(".kconfig", kconfig_text(), 0644), "/.kconfig", true},
    };
    for (const auto& [name, file] : inputs_.secrets) {
        command.binds.push_back({file, secret_path(name), true});
    }
    command.on_output = [&](std::string_view line) {
        stage.context.reporter.output(line);
        // The script goes on, as in kiwi, unless it says set -e; that must not go unseen.
        if (const auto helper = unknown_helper(line, in_image)) {
            stage.context.reporter.message(
                base::LogLevel::warning,
                fmt::format("{}:{}: {}", script_, helper->line, helper->message));
        }
    };

    try {
        const root::SandboxResult result =
            root::Sandbox(stage.root.mount_path()).run(command, stage.context);
        if (result.status != 0) {
            fail(result, text, command.argv.front() == in_image ? interpreter(text) : "", stage);
        }
    } catch (const base::SystemError& error) {
        if (error.exit_code() == base::ExitCode::script) {
            fail_to_start(error, command.argv.front() == in_image ? interpreter(text) : "bash");
        }
        throw;
    }
}

void ScriptStage::fail(
    const root::SandboxResult& result,
    std::string_view text,
    const std::string& interpreter,
    const StageContext& stage) const {
    int noted = 0;
    const std::string line_file = base::join_path(stage.scratch, line_file_name);
    if (base::exists(line_file)) {
        noted = static_cast<int>(
            base::parse_number(base::trim(base::read_file(line_file, 64))).value_or(0));
    }
    const int line =
        failed_line(noted, base::join_path(image_directory, file_name()), text, result.last_lines);
    // Without a line the reader should know that the script is not bash's.
    const std::string who = line == 0 && !interpreter.empty()
                                ? fmt::format(", run by {},", base::printable(interpreter))
                                : std::string();
    base::Error error(
        fmt::format("{}{} {}", file_name(), who, base::exit_status_text(result.status)),
        base::ExitCode::script);
    error.at({script_, line, 0}).set_details(result.last_lines);
    error.set_hint("look around in the root as the script left it: " + shell_command());
    if (base::free_space(stage.scratch) < least_free_space) {
        error.set_exit_code(base::ExitCode::system)
            .set_hint("the file system of the store is full: free some space there, or name "
                      "another place "
                      "with --store");
    }
    throw error;
}

void ScriptStage::fail_to_start(
    const base::SystemError& cause, const std::string& interpreter) const {
    const bool is_missing = cause.error_number() == ENOENT;
    base::Error error(
        is_missing ? fmt::format(
                         "{} can't be started: the image has no {}",
                         file_name(),
                         base::printable(interpreter))
                   : fmt::format(
                         "{} can't be started by {}: {}",
                         file_name(),
                         base::printable(interpreter),
                         std::strerror(cause.error_number())),
        base::ExitCode::script);
    error.at({script_, 1, 0});
    error.set_hint(
        interpreter.ends_with('\r')
            ? "the script's lines end as on Windows: take the carriage returns away with sed -i "
              "'s/\\r$//'"
            : fmt::format(
                  "{}look around in the root: {}",
                  is_missing ? "add the package that has it, or correct the script's first line; "
                             : "",
                  shell_command()));
    throw error;
}

std::string ScriptStage::shell_command() const {
    return fmt::format("{} --stage {}", inputs_.shell_command, name_);
}

} // namespace imgbuild::build
