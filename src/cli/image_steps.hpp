// SPDX-License-Identifier: Apache-2.0
// What several verbs of `imgbuild image` do on the way.
#pragma once

#include "cli/image_options.hpp"
#include "cli/runtime.hpp"
#include "images/image_builder.hpp"
#include "images/sizes.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace imgbuild::cli {

/// Packs one image under its lock and says what came of it.
images::BuildOutcome build_one(
    const images::ImageStore& store,
    const std::string& name,
    const ImageOptions& options,
    const images::BuildOptions& build_options,
    Runtime& runtime);

/// Gives users and groups of an image this machine's numbers.
void sync_users(
    const images::ImageStore& store,
    const std::string& name,
    const ImageOptions& options,
    const base::Context& context);

/// A table of what takes the space, largest first; nothing for an empty list.
void print_sizes(const char* title, const std::vector<images::NamedSize>& sizes, std::size_t most);

/// The biggest directories and packages of what nodes load.
void print_biggest(
    const images::ImageStore& store,
    const std::string& name,
    const ImageOptions& options,
    const base::Context& context);

} // namespace imgbuild::cli
