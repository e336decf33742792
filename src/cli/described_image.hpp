// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "build/build_log.hpp"
#include "cli/workshop.hpp"
#include "images/image_builder.hpp"
#include "images/import.hpp"

#include <string>

namespace imgbuild::cli {

/// The root that a description builds, as something to import. Refers to its arguments.
images::ImportSource built_source(const Workshop& workshop, build::BuildLog& log);

/// True if a description can be read from the path: a *.xml or *.kiwi file, or a directory with one.
bool is_description(const std::string& path);

/// The image of a result directory; empty if it is none.
std::string image_of_result(const std::string& directory);

/// Puts what a description builds among Warewulf's images, in place of a former one, packs it, and says how
/// nodes get it.
void put_built_image(
    const images::ImageStore& store,
    const std::string& name,
    const Workshop& workshop,
    build::BuildLog& log,
    const base::Context& context);

/// One line about what came out, on standard output.
void print_built(const std::string& name, const images::BuildOutcome& outcome);

} // namespace imgbuild::cli
