// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "boot/machine.hpp"
#include "build/result_directory.hpp"
#include "cli/commands.hpp"
#include "cli/runtime.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

constexpr std::uint64_t least_memory = std::uint64_t{1} << 30U;

/// Kernel and memory for an image that is not in a result directory: what lies beside it.
void use_image_file(boot::MachineOptions& machine, const std::string& image) {
    std::string stem = image;
    for (const std::string_view ending : {".gz", ".img"}) {
        if (stem.size() > ending.size() && stem.ends_with(ending)) {
            stem.resize(stem.size() - ending.size());
        }
    }
    machine.image = image;
    machine.kernel = stem + ".vmlinuz";
    if (!base::exists(machine.kernel)) {
        base::UsageError error(
            fmt::format("there is no kernel {} beside the image", machine.kernel));
        error.set_hint("name one with --kernel");
        throw error;
    }
}

class BootCommand final : public Command {
public:
    std::string name() const override { return "boot"; }

    std::string summary() const override { return "Boot an image in QEMU and wait until it is up"; }

    std::string examples() const override {
        return "  imgbuild boot out\n"
               "  imgbuild boot out --wait-for \"login: \" --timeout 300 --quiet\n"
               "  imgbuild boot out --keep-running --ssh-port 2222\n"
               "      then: ssh -p 2222 root@127.0.0.1\n"
               "  imgbuild boot out --root tmpfs --overlay wwinit.cpio";
    }

    void declare(CLI::App& app) override {
        app.add_option("image", image_, "A result directory, or an image with its kernel beside it")
            ->required()
            ->type_name("RESULT_DIR|IMAGE");
        app.add_option(
               "--wait-for",
               machine_.wait_for,
               "Text on the console that means success (repeatable). Default: a login prompt or "
               "systemd's "
               "message about the multi-user target")
            ->type_name("TEXT");
        app.add_option("--timeout", timeout_, "Give up after this many seconds. Default: 600")
            ->type_name("SECONDS")
            ->check(CLI::Range(1, 86400));
        app.add_option(
               "--root", root_, "Run from the initramfs, or copy the image to a tmpfs first")
            ->check(CLI::IsMember({"initramfs", "tmpfs"}))
            ->type_name("KIND");
        app.add_option(
               "--overlay",
               machine_.overlays,
               "Archive unpacked over the image, such as a Warewulf system overlay (repeatable)")
            ->type_name("FILE")
            ->check(CLI::ExistingFile);
        app.add_option("--kernel", kernel_, "Kernel to boot instead of the result's")
            ->type_name("FILE")
            ->check(CLI::ExistingFile);
        app.add_option(
               "--memory", memory_, "Memory of the machine in MiB. Default: what the image needs")
            ->type_name("MIB")
            ->check(CLI::Range(64, 1 << 22));
        app.add_option("--append", machine_.append, "More arguments for the kernel")
            ->type_name("ARGUMENTS");
        app.add_option(
               "--ssh-port",
               machine_.ssh_port,
               "Port of 127.0.0.1 that leads to the node's SSH server")
            ->type_name("PORT")
            ->check(CLI::Range(1, 65535));
        app.add_flag(
            "--keep-running",
            machine_.keep_running,
            "Go on after success until the node powers off or Ctrl-C");
        app.add_flag("--quiet", quiet_, "Don't show the console");
    }

    int run(const GlobalOptions& options) override {
        GlobalOptions shown = options;
        if (!quiet_ && options.progress == ProgressStyle::automatic) {
            // The console has the terminal for itself: nothing must be drawn over it.
            shown.progress = ProgressStyle::plain;
        }
        Runtime runtime(shown, Runtime::Privileges::none);
        choose_files();
        if (!kernel_.empty()) {
            machine_.kernel = kernel_;
        }
        if (memory_ != 0) {
            machine_.memory = std::uint64_t{memory_} << 20U;
        }
        if (machine_.wait_for.empty()) {
            machine_.wait_for = {
                "login: ", "Reached target multi-user.target", "Multi-User System"};
        }
        machine_.timeout = std::chrono::seconds(timeout_);
        machine_.root = root_ == "tmpfs" ? boot::RootKind::tmpfs : boot::RootKind::initramfs;
        if (!quiet_) {
            machine_.on_console = [](std::string_view bytes) {
                base::write_all(STDOUT_FILENO, bytes, "the console's output");
            };
        }
        const boot::BootReport report = boot::boot(machine_, runtime.context());
        std::cout << fmt::format(
            "{}booted in {} ({}): \"{}\"\n",
            quiet_ ? "" : "\n",
            base::format_duration(report.seconds),
            report.accelerator,
            report.found);
        return 0;
    }

private:
    void choose_files() {
        if (!base::is_directory(image_)) {
            if (!base::exists(image_)) {
                throw base::UsageError(fmt::format("there is no {}", image_));
            }
            use_image_file(machine_, image_);
            machine_.memory = std::uint64_t{4} << 30U;
            return;
        }
        const auto result = build::ResultDirectory(image_).current();
        if (!result) {
            base::UsageError error(fmt::format("{} holds no result of imgbuild", image_));
            error.set_hint(
                fmt::format("build one: imgbuild build DESCRIPTION --target-dir {}", image_));
            throw error;
        }
        for (const build::Artifact& artifact : result->artifacts) {
            const std::string path = base::join_path(image_, artifact.path);
            if (artifact.kind == "image") {
                machine_.image = path;
            } else if (artifact.kind == "kernel") {
                machine_.kernel = path;
            }
        }
        machine_.architecture = result->architecture;
        // A tmpfs root, which the /init of an overlay may make, too, holds the image twice for a moment.
        const bool may_copy = root_ == "tmpfs" || !machine_.overlays.empty();
        const std::uint64_t needed = result->memory_needed * (may_copy ? 3 : 2) / 2;
        machine_.memory = std::max(least_memory, needed);
    }

    std::string image_;
    std::string root_;
    std::string kernel_;
    int timeout_ = 600;
    unsigned memory_ = 0;
    bool quiet_ = false;
    boot::MachineOptions machine_;
};

} // namespace

std::unique_ptr<Command> make_boot_command() {
    return std::make_unique<BootCommand>();
}

} // namespace imgbuild::cli
