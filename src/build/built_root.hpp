// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The roots that builds finished, as the store remembers them: for those who want to do something with one
 * later, without description or mirrors.
 */
#pragma once

#include "base/context.hpp"
#include "build/build_result.hpp"
#include "build/inputs.hpp"
#include "build/plan.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::build {

struct BuiltRoot {
    /// "node 1.0.0 x86_64"
    std::string image;
    /// Bottom first.
    std::vector<store::Key> layers;
    std::int64_t epoch = 0;

    bool operator==(const BuiltRoot& other) const = default;
};

std::string to_text(const BuiltRoot& root);

/// Nothing if `text` is not what `to_text` writes.
std::optional<BuiltRoot> parse_built_root(std::string_view text);

/// Remembers the root of `plan` as the last one of its description.
void remember_root(const store::Store& store, const Inputs& inputs, const Plan& plan);

/// The last one of a description, as `request` selects from it.
std::optional<BuiltRoot>
last_root_of(const store::Store& store, const description::Request& request);

/// The one that a result was packed from.
std::optional<BuiltRoot> root_of(const store::Store& store, const BuildResult& result);

/// Those of all descriptions that were built, each once.
std::vector<BuiltRoot> last_roots(const store::Store& store);

/// Whether its layers are still in the store; they count as used then.
bool is_stored(const BuiltRoot& root, const store::Store& store, const base::Context& context);

} // namespace imgbuild::build
