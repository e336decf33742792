// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "package/package_manager.hpp"
#include "root/layered_root.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace imgbuild::package {

/// Removes packages from a root with the root's own dpkg.
/// @param forced without regard to dependencies; otherwise apt decides what goes along: what depends
///        on them, and what only they needed.
/// @param epoch seconds since 1970: the time that scripts of packages are told.
/// @returns the names that aren't installed.
/// @throws base::Error (exit code 4) if a script of a package fails; (exit code 3) if apt refuses.
std::vector<std::string> remove_debs(
    root::WorkingRoot& root,
    const std::vector<WantedPackage>& packages,
    bool forced,
    std::int64_t epoch,
    const store::Store& store,
    const base::Context& context);

} // namespace imgbuild::package
