// SPDX-License-Identifier: Apache-2.0
#include "build/foreign_architecture.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

namespace imgbuild::build {

namespace {

/// Processors that also run the programs of another architecture.
bool runs_natively(const std::string& architecture, const std::string& host) {
    if (architecture == host) {
        return true;
    }
    return host == "x86_64" &&
           (architecture == "ix86" || architecture == "i586" || architecture == "i686");
}

/// QEMU's word for an architecture.
std::string emulator_name(const std::string& architecture) {
    if (architecture.starts_with("arm")) {
        return "arm";
    }
    return architecture == "ix86" || architecture == "i586" || architecture == "i686"
               ? "i386"
               : architecture;
}

} // namespace

void require_runnable(
    const std::string& architecture, const std::string& host, const std::string& registrations) {
    if (runs_natively(architecture, host)) {
        return;
    }
    const std::string registration =
        base::join_path(registrations, "qemu-" + emulator_name(architecture));
    bool is_enabled = false;
    bool is_fixed = false;
    if (base::exists(registration)) {
        const std::string text = base::read_file(registration, 65536);
        for (const std::string_view line : base::split_lines(text)) {
            is_enabled = is_enabled || line == "enabled";
            // "F": the kernel keeps the emulator open, so it need not be inside the root.
            is_fixed = is_fixed ||
                       (line.starts_with("flags:") && line.find('F') != std::string_view::npos);
        }
    }
    if (is_enabled && is_fixed) {
        return;
    }
    base::UsageError error(fmt::format(
        "an image for {} can't be built on {} as it is: nothing here runs its programs",
        architecture,
        host));
    error.set_hint("install the packages qemu-user-static and binfmt-support");
    throw error;
}

} // namespace imgbuild::build
