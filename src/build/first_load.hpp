// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "root/root.hpp"

#include <string>
#include <vector>

namespace imgbuild::build {

/// An archive that a program of the node loads into its own storage at the first boot.
struct FirstLoad {
    /// "podman", "docker", "container-snap"
    std::string tool;
    /// Of the image, to see whether it is there already.
    std::string image;
    /// Of the archive.
    std::string path;
};

/// @throws base::Error if the image has no such program.
void check_load_tool(const root::Root& root, const std::string& tool);

/// Adds a list, a script and a oneshot unit, which loads what is not there yet and deletes each archive
/// once that succeeded. Does nothing without archives.
/// @throws base::Error if the image has no systemd.
void add_first_loads(const root::Root& root, const std::vector<FirstLoad>& loads);

} // namespace imgbuild::build
