// SPDX-License-Identifier: Apache-2.0
// Commands in images: exec and shell. What follows the image's name and its options is the command's,
// whatever it looks like.
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/image_verbs.hpp"
#include "cli/runtime.hpp"
#include "cli/verb_options.hpp"
#include "cli/workshop.hpp"
#include "images/exec.hpp"

#include <fmt/format.h>

#include <utility>

namespace imgbuild::cli {

namespace {

/// What exec and shell have in common.
class InImageCommand : public Command {
public:
    explicit InImageCommand(ImageOptions& options)
        : images_(options) {}

    void declare(CLI::App& app) override {
        app_ = &app;
        VerbOptions(app).end_at_first_word(words_in_usage());
        declare_options(app);
    }

    int run(const GlobalOptions& options) override {
        images::ExecOptions exec = options_from_words();
        for (const std::string& bind : binds_) {
            exec.binds.push_back(images::parse_bind(bind));
        }
        for (const std::string& variable : variables_) {
            const std::size_t equals = variable.find('=');
            if (equals == std::string::npos || equals == 0) {
                throw base::UsageError(fmt::format("--env {}: expected NAME=VALUE", variable));
            }
            exec.environment[variable.substr(0, equals)] = variable.substr(equals + 1);
        }
        exec.user = user_;
        exec.node = node_;
        exec.throw_away = throw_away_;
        exec.atomic = atomic_;
        exec.build = build_;
        exec.sync_users = sync_users_;
        exec.wait = images_.wait();
        Runtime runtime(options, Runtime::Privileges::build_roots);
        const base::Context context = runtime.context();
        return images::exec_in_image(
            images_.open_store(), name_, exec, open_store(runtime.store_path(), context), context);
    }

protected:
    /// What follows the options.
    virtual std::string words_in_usage() const = 0;

    virtual void take_command(std::vector<std::string> words, images::ExecOptions& exec) const = 0;

private:
    void declare_options(CLI::App& app) {
        images_.declare(app);
        VerbOptions options(app);
        options.add_texts(
            "-b,--bind",
            binds_,
            "Show something of this machine in the image (repeatable)",
            "SOURCE[:TARGET[:ro|copy]]");
        options.add_texts("-e,--env", variables_, "Set a variable (repeatable)", "NAME=VALUE");
        options.add_text("-u,--user", user_, "Run as this user of the image", "USER[:GROUP]");
        options.add_text(
            "-n,--node",
            node_,
            "Lay this node's overlays over the image; changes are lost",
            "NODE");
        options.add_flag("--ro", throw_away_, "Throw the changes away");
        options.add_flag("--atomic", atomic_, "A command that fails leaves the image as it was");
        options.add_flag(
            "--syncuser", sync_users_, "Give users and groups this machine's numbers afterwards");
        options.add_flag(
            "--build,!--no-build", build_, "Build the image if something changed. Default: yes");
    }

    /// The words behind the verb's own options: the image, more options, the command.
    images::ExecOptions options_from_words() {
        std::vector<std::string> words = VerbOptions(*app_).words();
        if (words.empty() || words.front().starts_with('-')) {
            throw base::UsageError(
                words.empty() ? fmt::format("image {} needs the name of an image", name())
                              : fmt::format("image {} has no option {}", name(), words.front()))
                .set_hint(fmt::format("see imgbuild image {} --help", name()));
        }
        name_ = words.front();
        words.erase(words.begin());
        // What was given before the name counts, too.
        std::vector<std::string> binds = std::exchange(binds_, {});
        std::vector<std::string> variables = std::exchange(variables_, {});
        std::vector<std::string> command =
            read_leading_options(std::move(words), [this](CLI::App& app) { declare_options(app); });
        binds_.insert(binds_.begin(), binds.begin(), binds.end());
        variables_.insert(variables_.begin(), variables.begin(), variables.end());
        if (!command.empty() && command.front() == "--") {
            command.erase(command.begin());
        } else if (!command.empty() && command.front().starts_with('-')) {
            throw base::UsageError(
                fmt::format("image {} has no option {}", name(), command.front()))
                .set_hint("put -- before a command that begins with a hyphen");
        }
        images::ExecOptions exec;
        take_command(std::move(command), exec);
        return exec;
    }

    ImageOptions& images_;
    CLI::App* app_ = nullptr;
    std::string name_;
    std::vector<std::string> binds_;
    std::vector<std::string> variables_;
    std::string user_;
    std::string node_;
    bool throw_away_ = false;
    bool atomic_ = false;
    bool build_ = true;
    bool sync_users_ = false;
};

class ImageExecCommand final : public InImageCommand {
public:
    using InImageCommand::InImageCommand;

    std::string name() const override { return "exec"; }

    std::string summary() const override { return "Run a command in an image"; }

    std::string examples() const override {
        return "  imgbuild image exec node apt-get install -y htop\n"
               "  imgbuild image exec --bind /srv/packages:/mnt:ro node -- dpkg -i /mnt/x.deb\n"
               "  imgbuild image exec --ro node cat /etc/os-release";
    }

private:
    std::string words_in_usage() const override { return "NAME [OPTIONS] [--] COMMAND..."; }

    void take_command(std::vector<std::string> words, images::ExecOptions& exec) const override {
        if (words.empty()) {
            throw base::UsageError("image exec needs a command")
                .set_hint("imgbuild image shell opens a shell");
        }
        exec.argv = std::move(words);
    }
};

class ImageShellCommand final : public InImageCommand {
public:
    using InImageCommand::InImageCommand;

    std::string name() const override { return "shell"; }

    std::string summary() const override { return "Open a shell in an image"; }

    void declare(CLI::App& app) override {
        VerbOptions(app).add_alias("chroot");
        InImageCommand::declare(app);
    }

    std::string examples() const override {
        return "  imgbuild image shell node\n"
               "  imgbuild image shell --node n1 node     with the node's overlays";
    }

private:
    std::string words_in_usage() const override { return "NAME [OPTIONS]"; }

    void take_command(std::vector<std::string> words, images::ExecOptions&) const override {
        if (!words.empty()) {
            throw base::UsageError(
                fmt::format("image shell takes no command: {}", base::join(words, " ")))
                .set_hint("imgbuild image exec runs one");
        }
    }
};

} // namespace

std::unique_ptr<Command> make_image_exec_command(ImageOptions& options) {
    return std::make_unique<ImageExecCommand>(options);
}

std::unique_ptr<Command> make_image_shell_command(ImageOptions& options) {
    return std::make_unique<ImageShellCommand>(options);
}

} // namespace imgbuild::cli
