// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Boots a node image in QEMU the way a Warewulf node boots it: kernel and image over the firmware's
 * loader, the image as initramfs.
 */
#pragma once

#include "base/context.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::boot {

enum class RootKind {
    /// The node runs from the initramfs itself (WWROOT=initramfs).
    initramfs,
    /// The image is copied into a tmpfs, then switched to.
    tmpfs,
};

struct MachineOptions {
    std::string image;
    std::string kernel;
    /// kiwi's word: "x86_64" or "aarch64".
    std::string architecture = "x86_64";
    /// Archives (cpio, gzipped or not) unpacked over the image, such as a Warewulf system overlay.
    /// The last one's /init counts.
    std::vector<std::string> overlays;
    RootKind root = RootKind::initramfs;
    std::uint64_t memory = std::uint64_t{2} << 30U;
    unsigned processors = 2;
    /// Port of 127.0.0.1 that leads to the node's SSH server; 0: none.
    unsigned ssh_port = 0;
    /// More words for the kernel's command line.
    std::string append;
    /// The boot has succeeded once one of these texts has appeared on the console.
    std::vector<std::string> wait_for;
    std::chrono::seconds timeout{600};
    /// Keep the machine running after that, until it powers off or a stop is requested.
    bool keep_running = false;
    /// Receives the console's bytes as they come.
    std::function<void(std::string_view)> on_console;
};

struct BootReport {
    /// The text that was found.
    std::string found;
    double seconds = 0;
    /// "kvm" or "tcg"
    std::string accelerator;
};

/// Boots and waits.
/// @throws base::Error with exit code 5 and the console's last lines if the text did not appear in time
///         or the machine ended first; base::UsageError for other architectures; base::Interrupted.
BootReport boot(const MachineOptions& options, const base::Context& context);

/// True if this host can really run an ordinary kernel under KVM, not only open /dev/kvm.
bool kvm_is_usable();

} // namespace imgbuild::boot
