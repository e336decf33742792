// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pack/layout.hpp"

namespace imgbuild::pack {

/// Decides in which order entries stand in the archive and where chunks end. A pure function: the
/// same inventory gives the same layout. A directory comes before what is in it, and the names of a
/// file stand together.
class LayoutPlanner {
public:
    LayoutPlanner() = default;
    LayoutPlanner(const LayoutPlanner&) = delete;
    LayoutPlanner& operator=(const LayoutPlanner&) = delete;
    virtual ~LayoutPlanner() = default;

    /// @param inventory outlives the layout.
    virtual Layout plan(const tree::Inventory& inventory) const = 0;
};

/// All directories, then everything else, each in the inventory's order.
class LexicalPlanner final : public LayoutPlanner {
public:
    Layout plan(const tree::Inventory& inventory) const override;
};

} // namespace imgbuild::pack
