// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "images/image_store.hpp"

#include <chrono>
#include <string>

namespace imgbuild::images {

/// Runs the script with which an image cleans up behind itself before it is packed:
/// /etc/warewulf/image_exit.sh, else /etc/warewulf/container_exit.sh, by the image's /bin/sh.
/// @returns false if the image has none.
/// @throws base::Error with exit code 4 if it fails or takes longer than `limit`.
bool run_exit_script(
    const ImageStore& store,
    const std::string& name,
    std::chrono::seconds limit,
    const base::Context& context);

} // namespace imgbuild::images
