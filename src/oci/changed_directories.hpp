// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/hiding.hpp"
#include "root/extract_label.hpp"
#include "root/extract_path.hpp"
#include "tree/inventory.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::oci {

/// Directories that a layer has, makes or changes the content of; each gets what it should have when
/// the layer is done, since until then every entry made in it changes its time. Not thread-safe.
class ChangedDirectories {
public:
    /// @param walk stands where changes are made; outlives this.
    explicit ChangedDirectories(root::DirectoryWalk& walk)
        : walk_(walk) {}

    /// The walk's directory has this entry in the layer.
    void set(const tree::Entry& entry);

    /// The content of the walk's directory is about to change.
    void touch();

    /// Makes what is missing of the walk's directory.
    void make_missing();

    /// What stood at the path, and below it, is gone, but what `stays`.
    void forget(const std::string& path, const std::function<bool(const std::string& path)>& stays);

    /// From the bottom up: a mode may close what is below it.
    /// @param apply gives the walk's directory owner, mode, time and attributes.
    void finish(
        root::EntryLabel& label,
        const std::string& layer,
        const std::function<void(const tree::Entry& entry)>& apply);

    /// The directories that were made because an entry needed them.
    std::vector<std::string> implied() const;

private:
    struct Change {
        /// What the layer says; nothing if it only changes the directory's content.
        std::optional<tree::Entry> entry;
        tree::Time mtime;
        bool is_implied = false;
    };

    root::DirectoryWalk& walk_;
    std::map<std::string, Change, PathOrder> changes_;
    /// Most entries follow others of their directory.
    std::optional<std::string> last_touched_;
};

} // namespace imgbuild::oci
