// SPDX-License-Identifier: Apache-2.0
#include "images/exec.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "build/script_environment.hpp"
#include "images/change_merge.hpp"
#include "images/digest_cache.hpp"
#include "images/exec_mounts.hpp"
#include "images/history.hpp"
#include "images/recovery.hpp"
#include "images/syncuser.hpp"
#include "root/sandbox.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace imgbuild::images {

namespace {

bool has_program(const root::Root& root, const std::string& path) {
    const std::optional<struct stat> status = root.target_status(path);
    return status && S_ISREG(status->st_mode) && (status->st_mode & 0111U) != 0;
}

/// The caller's own, if the image has it.
std::vector<std::string> shell_of(const root::Root& root) {
    const char* const own = std::getenv("SHELL");
    for (const std::string& shell :
         {std::string(own == nullptr ? "" : own),
          std::string("/bin/bash"),
          std::string("/bin/sh")}) {
        if (shell.starts_with('/') && has_program(root, shell)) {
            return {shell};
        }
    }
    throw base::UsageError(fmt::format("{} has no shell", root.name()));
}

std::map<std::string, std::string>
environment_for(const std::string& name, const ExecOptions& options) {
    std::map<std::string, std::string> environment = build::command_environment();
    environment.erase("DEBIAN_FRONTEND");
    environment["debian_chroot"] = name;
    // Sites' scripts and profiles tell by these that they run in an image; the second is the older name.
    environment["WW_IMAGE_SHELL"] = name;
    environment["WW_CONTAINER_SHELL"] = name;
    const char* const prompt = std::getenv("WW_PS1");
    environment["PS1"] = fmt::format("[{}] {}", name, prompt == nullptr ? "\\u:\\w\\$ " : prompt);
    if (prompt != nullptr && options.argv.empty()) {
        // The image's /etc/bash.bashrc may set a prompt of its own, before the first one is shown.
        environment["IMGBUILD_PS1"] = environment["PS1"];
        environment["PROMPT_COMMAND"] = "PS1=$IMGBUILD_PS1; unset IMGBUILD_PS1 PROMPT_COMMAND";
    }
    if (const char* const file = std::getenv("WW_HISTFILE")) {
        environment["HISTFILE"] = file;
    }
    // A command that reaches the network needs the site's way to it.
    for (const char* const variable :
         {"TERM",
          "http_proxy",
          "https_proxy",
          "ftp_proxy",
          "no_proxy",
          "HTTP_PROXY",
          "HTTPS_PROXY",
          "NO_PROXY"}) {
        if (const char* const value = std::getenv(variable)) {
            environment[variable] = value;
        }
    }
    for (const auto& [variable, value] : options.environment) {
        environment[variable] = value;
    }
    return environment;
}

class Execution {
public:
    Execution(
        const ImageStore& store,
        const std::string& name,
        const ExecOptions& options,
        const store::Store& chunks,
        const base::Context& context)
        : store_(store)
        , name_(name)
        , options_(options)
        , chunks_(chunks)
        , context_(context)
        , is_thrown_away_(options.throw_away || !options.node.empty())
        , own_(store.own_directory(name))
        , command_text_(
              options.argv.empty() ? std::string("shell") : base::join(options.argv, " ")) {}

    int run() {
        if (!is_thrown_away_) {
            require_writable(store_, name_);
        }
        const ImageLock lock = lock_image(
            store_,
            name_,
            is_thrown_away_ ? LockKind::shared : LockKind::exclusive,
            fmt::format("exec {}", command_text_),
            options_.wait,
            context_);
        if (is_thrown_away_) {
            return run_on_layer({});
        }
        const root::Root root = store_.open_root(name_);
        const tree::Inventory before = read_inventory(root, own_, context_);
        try {
            const int status = options_.atomic ? run_on_layer(before)
                                               : run_command(store_.real_root_path(name_), root);
            progress_ = Progress::command_ended;
            finish(root, before, status);
            return status;
        } catch (const base::Interrupted&) {
            tell_interrupted();
            throw;
        } catch (const base::Error&) {
            if (progress_ == Progress::carrying_over) {
                add_history(
                    own_, {.verb = "exec", .text = command_text_, .details = {{"status", "0"}}});
                say(fmt::format(
                    "{}: the command succeeded; the next command on the image completes its "
                    "changes",
                    name_));
            }
            throw;
        }
    }

private:
    /// How far it has come, for what is said when it ends here.
    enum class Progress { command, carrying_over, command_ended, recorded };

    int run_command(const std::string& mount_path, const root::Root& root) {
        const store::WorkDirectory work = store_.make_work_directory(context_.stop);
        root::SandboxCommand command;
        command.binds = make_binds(store_, options_, work.path(), context_);
        command.argv = options_.argv.empty() ? shell_of(root) : options_.argv;
        if (!options_.user.empty()) {
            command.argv = as_user(root, options_.user, command.argv);
        }
        command.environment = environment_for(name_, options_);
        command.network = true;
        command.skip_sync = false;
        command.interactive = true;
        command.host_name = name_;
        // Above a layer the image itself gets no mount points.
        std::optional<MountPointNote> note;
        if (mount_path == store_.real_root_path(name_)) {
            note.emplace(root, command.binds, own_);
        }
        return root::Sandbox(mount_path).run(command, context_).status;
    }

    /// The command sees the image and changes a layer above it.
    int run_on_layer(const tree::Inventory& before) {
        const store::WorkDirectory work = store_.make_work_directory(context_.stop);
        std::vector<std::string> lower = {store_.real_root_path(name_)};
        if (!options_.node.empty()) {
            const std::string overlay = base::join_path(work.path(), "node");
            base::make_directories(overlay);
            unpack_node_overlays(store_, options_.node, overlay, context_);
            lower.insert(lower.begin(), overlay);
        }
        LayerOverImage layer(lower, work.path());
        if (!is_thrown_away_) {
            layer.prepare(before, context_);
        }
        int status = 0;
        {
            const root::Root root(
                base::open_at(AT_FDCWD, layer.mount_path(), O_RDONLY | O_DIRECTORY),
                fmt::format("the image {}", name_));
            status = run_command(layer.mount_path(), root);
        }
        if (!is_thrown_away_ && status == 0) {
            layer.keep(before, own_, context_);
            progress_ = Progress::carrying_over;
            carry_over(store_.open_root(name_), own_, context_);
        }
        return status;
    }

    void finish(const root::Root& root, const tree::Inventory& before, int status) {
        const tree::Inventory after = read_inventory(root, own_, context_);
        const tree::Inventory change = tree::difference(before, after);
        const std::size_t changed = change.entries().size();
        add_history(
            own_,
            {.verb = "exec",
             .text = command_text_,
             .details = {
                 {"status", std::to_string(status)}, {"changed", std::to_string(changed)}}});
        progress_ = Progress::recorded;
        if (status != 0) {
            if (changed != 0) {
                say(fmt::format(
                    "the command ended with status {}: what it changed until then stays in the "
                    "image, which is not built",
                    status));
            }
            return;
        }
        bool is_changed = changed != 0;
        const bool has_new_users =
            change.find("etc/passwd") != nullptr || change.find("etc/group") != nullptr;
        if (options_.sync_users) {
            const SyncPlan plan = plan_syncuser(root, host_accounts());
            write_syncuser(store_, name_, plan, after, context_);
            is_changed = is_changed || !plan.is_in_step() || !plan.files.empty();
        } else if (has_new_users) {
            check_users(root);
        }
        if (is_changed && options_.build) {
            const BuildOutcome outcome =
                build_image(store_, name_, chunks_, options_.build_options, context_);
            report_findings(outcome.findings, context_.reporter);
        }
    }

    /// There is no time now to find out what the command changed.
    void tell_interrupted() const {
        if (progress_ != Progress::recorded) {
            add_history(
                own_,
                {.verb = "exec", .text = command_text_, .details = {{"status", "interrupted"}}});
        }
        say(fmt::format("{}: {}", name_, what_is_left()));
    }

    std::string_view what_is_left() const {
        if (progress_ == Progress::carrying_over) {
            return "interrupted after the command had succeeded; the next command on the image "
                   "completes its changes";
        }
        if (progress_ != Progress::command) {
            return "interrupted after the command had ended; what it changed stays in the image, "
                   "which is not built";
        }
        return options_.atomic ? "the command was ended; the image is as it was before"
                               : "the command was ended; what it changed until then stays in the "
                                 "image, which is not built";
    }

    void check_users(const root::Root& root) const {
        const SyncPlan plan = plan_syncuser(root, host_accounts());
        if (!plan.conflicts.empty() || !plan.is_in_step()) {
            say(fmt::format(
                "users or groups of the image differ from this machine's: imgbuild image syncuser "
                "{}",
                name_));
        }
    }

    void say(const std::string& text) const {
        context_.reporter.message(base::LogLevel::warning, text);
    }

    const ImageStore& store_;
    const std::string& name_;
    const ExecOptions& options_;
    const store::Store& chunks_;
    const base::Context& context_;
    const bool is_thrown_away_;
    const std::string own_;
    const std::string command_text_;
    Progress progress_ = Progress::command;
};

} // namespace

ConfiguredMount parse_bind(std::string_view text) {
    const std::vector<std::string_view> parts = base::split(text, ':');
    ConfiguredMount mount;
    mount.source = std::filesystem::absolute(std::string(parts[0])).lexically_normal();
    mount.target = parts.size() > 1 && !parts[1].empty() ? std::string(parts[1]) : mount.source;
    const std::string_view how = parts.size() > 2 ? parts[2] : std::string_view("rw");
    mount.read_only = how == "ro";
    mount.is_copy = how == "copy";
    const bool is_known = how == "rw" || mount.read_only || mount.is_copy;
    if (parts[0].empty() || parts.size() > 3 || !is_known || !mount.target.starts_with('/')) {
        throw base::UsageError(
            fmt::format("--bind {}: expected SOURCE[:TARGET[:ro|copy]]", base::printable(text)));
    }
    return mount;
}

int exec_in_image(
    const ImageStore& store,
    const std::string& name,
    const ExecOptions& options,
    const store::Store& chunks,
    const base::Context& context) {
    return Execution(store, name, options, chunks, context).run();
}

} // namespace imgbuild::images
