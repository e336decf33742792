// SPDX-License-Identifier: Apache-2.0
#include "build/initrd.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "build/script_environment.hpp"
#include "check/kernel.hpp"
#include "root/sandbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

namespace imgbuild::build {

namespace {

/// What the first stage calls.
constexpr std::array<std::string_view, 5> needed_tools = {
    "cpio", "curl", "dmidecode", "gzip", "sort"};

constexpr std::array<std::string_view, 4> program_directories = {
    "usr/bin", "usr/sbin", "bin", "sbin"};

bool has_program(const root::Root& root, std::string_view name) {
    return std::any_of(
        program_directories.begin(), program_directories.end(), [&](std::string_view directory) {
            return root.target_status(fmt::format("{}/{}", directory, name)).has_value();
        });
}

/// A script of the image's own initramfs-tools, shown to it while it works.
std::string hook_text(const std::vector<description::InitrdPart>& parts) {
    std::string text = "#!/bin/sh\n"
                       "[ \"$1\" != prereqs ] || exit 0\n"
                       ". /usr/share/initramfs-tools/hook-functions\n"
                       "for tool in " +
                       base::join({needed_tools.begin(), needed_tools.end()}, " ") +
                       "; do\n"
                       "    copy_exec \"$(command -v \"$tool\")\"\n"
                       "done\n";
    for (const description::InitrdPart& part : parts) {
        if (!part.driver.empty() && part.action != "omit") {
            text += fmt::format("manual_add_modules {}\n", part.driver);
        }
    }
    return text;
}

class InitrdMaker {
public:
    InitrdMaker(
        std::string mount_path,
        const root::Root& root,
        const InitrdWishes& wishes,
        std::string scratch,
        const base::Context& context)
        : mount_path_(std::move(mount_path))
        , root_(root)
        , wishes_(wishes)
        , scratch_(std::move(scratch))
        , context_(context)
        , is_dracut_(wishes.system == "dracut") {}

    std::string make(const tree::Inventory& inventory) {
        require_programs();
        const std::string version = kernel_version(inventory);
        const std::string path = is_dracut_ ? fmt::format("/boot/initramfs-{}.img", version)
                                            : fmt::format("/boot/initrd.img-{}", version);
        const base::Activity activity(
            context_.reporter,
            {.kind = base::ActivityKind::stage,
             .title = fmt::format("making {}", path),
             .parent = context_.parent_activity});
        run(is_dracut_ ? dracut(path, version) : mkinitramfs(path, version));
        require_content(path);
        return path;
    }

private:
    void require_programs() const {
        const std::string tool = is_dracut_ ? "dracut" : "mkinitramfs";
        if (!has_program(root_, tool)) {
            throw base::UsageError(
                fmt::format("{} has no {} to make an initrd with", root_.name(), tool))
                .set_hint(
                    fmt::format("add the package {}", is_dracut_ ? "dracut" : "initramfs-tools"));
        }
        std::vector<std::string> missing;
        for (const std::string_view name : needed_tools) {
            if (!has_program(root_, name)) {
                missing.emplace_back(name);
            }
        }
        if (!missing.empty()) {
            throw base::UsageError(
                fmt::format(
                    "{} lacks {}, which an initrd for Warewulf's two-stage boot has to contain",
                    root_.name(),
                    base::join(missing, ", ")))
                .set_hint("add the packages of these names");
        }
    }

    std::string kernel_version(const tree::Inventory& inventory) const {
        const std::optional<check::Kernel> kernel = check::find_kernel(inventory);
        if (!kernel || kernel->modules_version.empty()) {
            throw base::UsageError(
                fmt::format("{} has no kernel with modules to make an initrd for", root_.name()))
                .set_hint("add a package such as linux-image-amd64");
        }
        return kernel->modules_version;
    }

    root::SandboxCommand command(std::vector<std::string> argv) const {
        root::SandboxCommand command;
        command.argv = std::move(argv);
        command.environment = command_environment();
        if (wishes_.epoch != 0) {
            command.environment["SOURCE_DATE_EPOCH"] = std::to_string(wishes_.epoch);
        }
        return command;
    }

    /// Names of dracut's modules, or of drivers, that one of the actions is about.
    std::string names(bool is_driver, const std::set<std::string_view>& actions) const {
        std::vector<std::string> names;
        for (const description::InitrdPart& part : wishes_.parts) {
            const std::string& name = is_driver ? part.driver : part.module;
            if (!name.empty() && actions.count(part.action) != 0) {
                names.push_back(name);
            }
        }
        return base::join(names, " ");
    }

    root::SandboxCommand dracut(const std::string& path, const std::string& version) const {
        std::vector<std::string> argv = {
            "dracut",
            "--force",
            "--no-hostonly",
            "--reproducible",
            "--install",
            base::join({needed_tools.begin(), needed_tools.end()}, " ")};
        const auto add = [&](const char* option, const std::string& value) {
            if (!value.empty()) {
                argv.emplace_back(option);
                argv.push_back(value);
            }
        };
        const bool has_warewulf_module = root_.exists("usr/lib/dracut/modules.d/90wwinit");
        const std::string wanted = names(false, {"add"});
        add("--add",
            has_warewulf_module ? (wanted.empty() ? "wwinit" : "wwinit " + wanted) : wanted);
        add("--omit", names(false, {"omit"}));
        add("--modules", names(false, {"set", "setup"}));
        add("--add-drivers", names(true, {"add"}));
        add("--omit-drivers", names(true, {"omit"}));
        add("--drivers", names(true, {"set", "setup"}));
        argv.push_back(path);
        argv.push_back(version);
        return command(std::move(argv));
    }

    root::SandboxCommand mkinitramfs(const std::string& path, const std::string& version) const {
        for (const description::InitrdPart& part : wishes_.parts) {
            const bool has_meaning = part.module.empty() && part.action != "omit";
            if (!has_meaning) {
                context_.reporter.message(
                    base::LogLevel::warning,
                    fmt::format(
                        "<initrd action=\"{}\"> with {} means nothing to initramfs-tools",
                        part.action,
                        part.module.empty() ? part.driver : part.module));
            }
        }
        root::SandboxCommand made = command({"mkinitramfs", "-o", path, version});
        const std::string hook = base::join_path(scratch_, "hook");
        base::replace_file(hook, hook_text(wishes_.parts), 0755);
        made.binds.push_back({hook, "/etc/initramfs-tools/hooks/zz-warewulf", true});
        return made;
    }

    void run(root::SandboxCommand command) const {
        command.on_output = [this](std::string_view line) { context_.reporter.output(line); };
        const root::SandboxResult result = root::Sandbox(mount_path_).run(command, context_);
        if (result.status != 0) {
            throw base::Error(
                fmt::format(
                    "{} in {} ended with status {}",
                    command.argv.front(),
                    root_.name(),
                    result.status),
                base::ExitCode::script)
                .set_details(result.last_lines);
        }
    }

    /// By the tool that belongs to the one that made it: it knows how the parts are compressed.
    void require_content(const std::string& path) const {
        std::set<std::string_view> found;
        root::SandboxCommand listing = command({is_dracut_ ? "lsinitrd" : "lsinitramfs", path});
        listing.on_output = [&](std::string_view line) {
            for (const std::string_view word : base::split(line, ' ')) {
                for (const std::string_view tool : needed_tools) {
                    if (word.ends_with(fmt::format("bin/{}", tool))) {
                        found.insert(tool);
                    }
                }
            }
        };
        const root::SandboxResult result = root::Sandbox(mount_path_).run(listing, context_);
        std::vector<std::string> missing;
        for (const std::string_view tool : needed_tools) {
            if (found.count(tool) == 0) {
                missing.emplace_back(tool);
            }
        }
        if (result.status != 0 || !missing.empty()) {
            throw base::Error(
                fmt::format(
                    "{} in {} can't be used: {}",
                    path,
                    root_.name(),
                    result.status != 0 ? fmt::format("{} can't read it", listing.argv.front())
                                       : fmt::format(
                                             "it lacks {}, which the first stage of Warewulf's "
                                             "two-stage boot calls",
                                             base::join(missing, ", "))),
                base::ExitCode::pack)
                .set_details(result.status != 0 ? result.last_lines : std::vector<std::string>());
        }
    }

    std::string mount_path_;
    const root::Root& root_;
    const InitrdWishes& wishes_;
    std::string scratch_;
    const base::Context& context_;
    bool is_dracut_;
};

} // namespace

std::string make_initrd(
    const std::string& mount_path,
    const root::Root& root,
    const tree::Inventory& inventory,
    const InitrdWishes& wishes,
    const std::string& scratch,
    const base::Context& context) {
    return InitrdMaker(mount_path, root, wishes, scratch, context).make(inventory);
}

} // namespace imgbuild::build
