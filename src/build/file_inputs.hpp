// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "build/key_inputs.hpp"

#include <string>

namespace imgbuild::build {

/// Adds a file of the host: its content and whether it is executable.
void add_file(KeyInputs& inputs, const std::string& name, const std::string& path);

/// Adds everything in a directory of the host: types, modes, contents and link targets; not owners and
/// times, which imgbuild sets itself.
void add_tree(
    KeyInputs& inputs,
    const std::string& name,
    const std::string& path,
    const base::Context& context);

} // namespace imgbuild::build
