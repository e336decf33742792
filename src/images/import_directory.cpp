// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/file.hpp"
#include "images/import.hpp"
#include "images/root_copy.hpp"
#include "tree/exclude_patterns.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <optional>

namespace imgbuild::images {

namespace {

/// What a running machine has that no image should: caches and what is of the moment, and what tells it
/// from others.
const std::vector<std::string> not_of_a_machine = {
    "dev/*",
    "lost+found",
    "media/*",
    "mnt/*",
    "proc/*",
    "run/*",
    "sys/*",
    "swapfile",
    "swap.img",
    "tmp/*",
    "etc/fstab",
    "etc/machine-id",
    "etc/ssh/ssh_host_*_key",
    "etc/ssh/ssh_host_*_key.pub",
    "var/cache/apt/archives/*.deb",
    "var/cache/apt/*.bin",
    "var/cache/dnf/*",
    "var/cache/imgbuild",
    "var/cache/zypp/*",
    "var/lib/apt/lists/*",
    "var/lib/dbus/machine-id",
    "var/lib/imgbuild",
    "var/lib/systemd/random-seed",
    "var/lib/warewulf",
    "var/log/journal/*",
    "var/tmp/*",
};

const std::vector<std::string> of_singularity = {
    ".singularity.d", ".shell", ".exec", ".run", ".test", "environment", "singularity"};

/// Where the images are, as a path below the machine's root; nothing leads from an image into itself.
std::string own_place(const ImageStore& store) {
    const std::string& chroots = store.locations().chroots;
    return base::exists(chroots) ? base::real_path(chroots).substr(1) : std::string();
}

/// An empty file: a node gets an identity of its own.
void forget_identity(const root::Root& root) {
    const std::optional<struct stat> directory = root.target_status("etc");
    if (!directory) {
        return;
    }
    root.write("etc/machine-id", "", {0444, 0, 0});
    // The same time after every import: it would be a change else.
    const tree::Time time = {
        directory->st_mtim.tv_sec, static_cast<std::uint32_t>(directory->st_mtim.tv_nsec)};
    root.set_mtime("etc/machine-id", time);
    root.set_mtime("etc", time);
}

} // namespace

ImportSource
directory_source(const ImageStore& store, const std::string& path, bool keep_singularity) {
    if (!base::is_directory(path)) {
        throw base::UsageError(fmt::format("there is no directory {}", path));
    }
    const std::string real = base::real_path(path);
    const bool is_machine = real == "/";
    const bool is_sandbox = base::is_directory(base::join_path(real, ".singularity.d"));
    std::vector<std::string> left_out;
    if (is_machine) {
        left_out = not_of_a_machine;
    } else if (is_sandbox && !keep_singularity) {
        left_out = of_singularity;
    }
    const std::string place = is_machine ? own_place(store) : std::string();
    const auto patterns = std::make_shared<tree::ExcludePatterns>(left_out, "what is left out");
    const auto leave_out = [=](std::string_view below) {
        return patterns->matches(below) || (!place.empty() && below == place);
    };
    ImportSource source = {
        .description = is_machine ? "/ of this machine" : real,
        .details = {},
        .fill = [=](const root::Root& into, const base::Context& context) {
            RootCopyOptions options;
            options.source_may_change = is_machine;
            options.leave_out = leave_out;
            copy_root(root::Root::open(real), into, options, context);
            if (is_machine) {
                forget_identity(into);
            }
        }};
    if (!is_machine) {
        source.tree = SourceTree{real, leave_out};
    }
    return source;
}

} // namespace imgbuild::images
