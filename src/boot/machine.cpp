// SPDX-License-Identifier: Apache-2.0
#include "boot/machine.hpp"

#include "base/architecture.hpp"
#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "boot/console_watch.hpp"
#include "boot/initrd.hpp"
#include "process/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace imgbuild::boot {

namespace {

/// The address that Warewulf would know the node by.
constexpr std::string_view node_address = "52:54:00:12:34:56";

/// QEMU's machine for nodes of an architecture.
struct Board {
    std::string_view architecture;
    std::string_view machine;
    std::string_view emulated_processor;
    std::string_view console;
};

constexpr std::array<Board, 2> boards = {{
    {"x86_64", "q35", "max", "ttyS0,115200"},
    // Pointer authentication as the architecture has it would be most of the emulator's work.
    {"aarch64", "virt", "max,pauth-impdef=on", "ttyAMA0,115200"},
}};

const Board& board_for(const std::string& architecture) {
    const auto* const board =
        std::find_if(boards.begin(), boards.end(), [&architecture](const Board& candidate) {
            return candidate.architecture == architecture;
        });
    if (board == boards.end()) {
        throw base::UsageError(
            fmt::format(
                "nodes of the architecture {} can't be booted here", base::printable(architecture)))
            .set_hint("imgbuild boots x86_64 and aarch64");
    }
    return *board;
}

std::vector<std::string> qemu_command(
    const MachineOptions& options,
    const Board& board,
    const std::string& initrd,
    bool has_init,
    const std::string& accelerator) {
    std::string kernel_arguments = fmt::format(
        "console={} panic=5 net.ifnames=1 wwid={}{}{}",
        board.console,
        node_address,
        // Without an /init the image's own init runs from the initramfs.
        has_init ? "" : " rdinit=/sbin/init",
        options.append.empty() ? "" : " " + options.append);
    std::string network = "user,id=n0";
    if (options.ssh_port != 0) {
        network += fmt::format(",hostfwd=tcp:127.0.0.1:{}-:22", options.ssh_port);
    }
    return {
        "qemu-system-" + options.architecture,
        "-machine",
        std::string(board.machine),
        "-accel",
        accelerator == "kvm" ? "kvm" : "tcg,thread=multi",
        "-cpu",
        accelerator == "kvm" ? "host" : std::string(board.emulated_processor),
        "-m",
        fmt::format("{}M", (options.memory >> 20U) + 1),
        "-smp",
        std::to_string(options.processors),
        "-display",
        "none",
        "-monitor",
        "none",
        "-serial",
        "stdio",
        "-no-reboot",
        "-nodefaults",
        "-kernel",
        options.kernel,
        "-initrd",
        initrd,
        "-append",
        kernel_arguments,
        "-netdev",
        network,
        "-device",
        fmt::format("virtio-net-pci,netdev=n0,mac={},romfile=", node_address),
        "-device",
        "virtio-rng-pci",
    };
}

/// Requests a stop when the time is over, unless destroyed before.
class Deadline {
public:
    Deadline(std::chrono::seconds after, std::stop_source& source)
        : thread_([this, after, &source] {
            std::unique_lock lock(mutex_);
            if (!ended_.wait_for(lock, after, [this] { return over_; })) {
                source.request_stop();
            }
        }) {}

    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    ~Deadline() {
        cancel();
        thread_.join();
    }

    void cancel() {
        const std::lock_guard lock(mutex_);
        over_ = true;
        ended_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable ended_;
    bool over_ = false;
    std::thread thread_;
};

[[noreturn]] void fail(const std::string& message, const ConsoleWatch& console) {
    base::Error error(message, base::ExitCode::pack);
    error.set_details(console.last_lines());
    throw error;
}

[[noreturn]] void fail_to_unpack(const MachineOptions& options, const ConsoleWatch& console) {
    base::Error error(
        fmt::format(
            "the kernel could not unpack the whole image into {} of memory",
            base::format_bytes(options.memory)),
        base::ExitCode::pack);
    error.set_details(console.last_lines());
    error.set_hint("give the machine more with --memory");
    throw error;
}

} // namespace

BootReport boot(const MachineOptions& options, const base::Context& context) {
    const Board& board = board_for(options.architecture);
    const std::string accelerator =
        options.architecture == base::host_architecture() && kvm_is_usable() ? "kvm" : "tcg";
    const bool overlays_have_init = bring_init(options.overlays);
    const bool wants_own_init = options.root == RootKind::tmpfs && !overlays_have_init;
    const std::string overlay = wants_own_init ? tmpfs_overlay() : std::string();
    const Initrd initrd(options.image, options.overlays, overlay, context);

    base::Activity activity(
        context.reporter,
        {.kind = base::ActivityKind::stage, .title = fmt::format("booting ({})", accelerator)});
    BootReport report{.found = {}, .seconds = 0, .accelerator = accelerator};
    std::stop_source stop;
    const std::stop_callback forward(context.stop, [&stop] { stop.request_stop(); });
    Deadline deadline(options.timeout, stop);
    ConsoleWatch console(options.wait_for);
    // The kernel goes on with the files it has; the node may even show a login prompt.
    ConsoleWatch trouble({"Initramfs unpacking failed"});

    process::Command command;
    command.argv = qemu_command(
        options, board, initrd.path(), overlays_have_init || wants_own_init, accelerator);
    command.on_output = [&](std::string_view bytes) {
        if (options.on_console) {
            options.on_console(bytes);
        }
        const bool is_found = console.add(bytes);
        if (trouble.add(bytes)) {
            stop.request_stop();
        } else if (report.found.empty() && is_found) {
            report.found = console.found();
            report.seconds = activity.seconds();
            deadline.cancel();
            if (!options.keep_running) {
                stop.request_stop();
            }
        }
    };
    base::Context own = context;
    own.stop = stop.get_token();
    process::Result result;
    try {
        result = process::run(command, own);
    } catch (const base::Interrupted&) {
        if (!trouble.found().empty()) {
            fail_to_unpack(options, console);
        }
        if (!report.found.empty()) {
            return report;
        }
        base::throw_if_stopped(context.stop);
        fail(
            fmt::format(
                "\"{}\" did not appear on the console within {}",
                base::join(options.wait_for, "\" or \""),
                base::format_duration(static_cast<double>(options.timeout.count()))),
            console);
    }
    if (!trouble.found().empty()) {
        fail_to_unpack(options, console);
    }
    if (report.found.empty()) {
        if (!result.last_lines.empty()) {
            throw process::ProcessError(command.argv, result.status, result.last_lines);
        }
        fail(
            fmt::format(
                "the machine ended before \"{}\" appeared on the console",
                base::join(options.wait_for, "\" or \"")),
            console);
    }
    return report;
}

} // namespace imgbuild::boot
