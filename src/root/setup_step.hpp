// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::root {

/// One thing that is done between the clone and the command. A sandbox is prepared as a list of
/// steps by the parent; the child walks the list and makes nothing but system calls.
struct SetupStep {
    enum class Action {
        /// Nothing the child mounts gets back to where it came from.
        stop_propagation,
        /// Attaches a copy of the mount at `source`, nodev: the new root.
        attach_root,
        /// A new file system of the type `source` with `options` at `target`; with `fallback` a
        /// read-only view of that host directory if the kernel does not allow a new one.
        mount_new,
        /// The host's `source` at `target`.
        bind,
        /// Hides the file `target` if there is one: it reads as empty.
        mask_file,
        /// Hides the content of the directory `target` if there is one.
        mask_directory,
        /// Makes `target`, whose directory exists.
        make_directory,
        make_file,
        /// `target` points to `source`.
        make_symlink,
        /// A pseudo terminal from the new /dev/pts, also at /dev/console; its controlling end is
        /// sent to the parent.
        open_terminal,
        /// The new root becomes the only one.
        enter_root,
        set_host_name,
        start_loopback,
        leave_keyring,
        become_root,
        filter_calls,
        drop_capabilities,
    };

    Action action = Action::stop_propagation;
    /// For messages: "mounting /proc".
    std::string what;
    std::string source;
    std::string target;
    /// Of the new file system, name and value.
    std::vector<std::pair<std::string, std::string>> options;
    /// MOUNT_ATTR_…
    std::uint64_t attributes = 0;
    mode_t mode = 0755;
    std::string fallback;
    /// With everything mounted below.
    bool recursive = false;
    /// Prefixes of `target` to be made as directories if it is missing; the last of them as an empty
    /// file if `target_is_file`.
    std::vector<std::string> mount_point;
    bool target_is_file = false;
};

} // namespace imgbuild::root
