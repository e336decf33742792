// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "build/build_options.hpp"
#include "build/inputs.hpp"
#include "config/mirrors.hpp"
#include "net/client.hpp"
#include "store/store.hpp"

namespace imgbuild::build {

/// Reads the description and narrows it to what the options select.
/// @throws base::DescriptionError also for valid wishes that this version can't build.
Inputs read_description(const BuildOptions& options, const base::Context& context);

/// Finds out where packages come from: mirrors, keys, what lies beside the description.
void locate_sources(
    Inputs& inputs,
    const BuildOptions& options,
    const config::Mirrors& mirrors,
    net::Client& client,
    const base::Context& context);

/// Decides which packages are installed, and the time that goes with them.
/// @param store remembers the time: as long as the same packages come out, it stays, so that a mirror's
///        fresh signature alone builds nothing anew.
void resolve_packages(
    Inputs& inputs,
    package::PackageManager& manager,
    const store::Store& store,
    const base::Context& context);

/// As `resolve_packages`, but with what the mirrors said the last time; asks nobody.
/// @returns false, with `inputs` unchanged, if that is not in the store.
bool recall_packages(
    Inputs& inputs, const package::PackageManager& manager, const store::Store& store);

/// Whether `recall_packages` would find what it needs.
bool knows_packages(const Inputs& inputs, const package::PackageManager& manager);

} // namespace imgbuild::build
