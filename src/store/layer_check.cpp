// SPDX-License-Identifier: Apache-2.0
#include "store/layer_check.hpp"

#include "base/file.hpp"
#include "tree/scan.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

namespace imgbuild::store {

namespace {

bool has_whiteouts(const tree::Inventory& inventory) {
    return std::any_of(
        inventory.entries().begin(), inventory.entries().end(), [](const tree::Entry& entry) {
            return entry.type == tree::EntryType::whiteout;
        });
}

/// What the content of a layer with this change has to be, given what was found in it: devices may be
/// missing (an ordinary user can't make them), all whiteouts together too (some file systems can't hold
/// them, and no overlay is mounted there), directories above the changed entries are there as well.
tree::Inventory expected_content(const tree::Inventory& change, const tree::Inventory& found) {
    const bool holds_whiteouts = has_whiteouts(found);
    std::vector<tree::Entry> entries;
    for (const tree::Entry& entry : change.entries()) {
        const bool may_be_missing =
            is_device(entry) || (entry.type == tree::EntryType::whiteout && !holds_whiteouts);
        if (!may_be_missing || found.find(entry.path) != nullptr) {
            entries.push_back(entry);
        }
    }
    for (const tree::Entry& entry : found.entries()) {
        if (entry.type == tree::EntryType::directory && change.find(entry.path) == nullptr) {
            entries.push_back(entry);
        }
    }
    return tree::Inventory(std::move(entries));
}

} // namespace

std::vector<std::string> differences_of_layer(
    const std::string& content_path, const tree::Inventory& change, const base::Context& context) {
    const base::UniqueFd directory = base::open_at(AT_FDCWD, content_path, O_RDONLY | O_DIRECTORY);
    const tree::Inventory found =
        tree::scan(directory.get(), content_path, {.overlay_upper = true}, context);
    const tree::Inventory expected = expected_content(change, found);
    if (found == expected) {
        return {};
    }
    return tree::describe_differences(expected, found);
}

} // namespace imgbuild::store
