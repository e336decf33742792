// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tree/inventory.hpp"

#include <cstddef>
#include <vector>

namespace imgbuild::tree {

/// The names of each file of an inventory, as indices of its entries.
class LinkGroups {
public:
    explicit LinkGroups(const Inventory& inventory) {
        const std::vector<Entry>& entries = inventory.entries();
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const std::uint32_t group = entries[i].link_group;
            if (group >= members_.size()) {
                members_.resize(group + std::size_t{1});
            }
            if (group != 0) {
                members_[group].push_back(i);
            }
        }
        groups_.reserve(entries.size());
        for (const Entry& entry : entries) {
            groups_.push_back(entry.link_group);
        }
    }

    /// All names of the file that has the entry `index`, itself included, in order.
    std::vector<std::size_t> names_of(std::size_t index) const {
        return groups_[index] == 0 ? std::vector{index} : members_[groups_[index]];
    }

private:
    std::vector<std::vector<std::size_t>> members_;
    std::vector<std::uint32_t> groups_;
};

} // namespace imgbuild::tree
