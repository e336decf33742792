// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/inputs.hpp"
#include "build/stage.hpp"

#include <map>
#include <string>
#include <string_view>

namespace imgbuild::build {

/// The name of the stage that runs post_bootstrap.sh.
inline constexpr std::string_view post_bootstrap_stage = "post_bootstrap";

/// config.sh, images.sh or post_bootstrap.sh, run in the sandbox.
class ScriptStage final : public Stage {
public:
    /// @param name of the stage. @param script its path on the host.
    ScriptStage(std::string name, std::string script, const Inputs& inputs);

    std::string name() const override { return name_; }

    std::string title() const override;
    void describe(KeyInputs& inputs) const override;
    void run(const StageContext& stage) override;

private:
    std::string file_name() const;
    bool is_executable() const;
    std::map<std::string, std::string> variables() const;
    /// @param text the script's. @param interpreter the program that its first line names, if that ran it.
    [[noreturn]] void fail(
        const root::SandboxResult& result,
        std::string_view text,
        const std::string& interpreter,
        const StageContext& stage) const;
    /// @param interpreter the program that was to run the script.
    [[noreturn]] void
    fail_to_start(const base::SystemError& cause, const std::string& interpreter) const;
    std::string shell_command() const;

    std::string name_;
    std::string script_;
    const Inputs& inputs_;
};

} // namespace imgbuild::build
