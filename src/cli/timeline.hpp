// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/trace_recorder.hpp"

#include <string>

namespace imgbuild::cli {

/// The trace as a picture (SVG): time from left to right; lanes of stages, their parts, transfers and what
/// commands printed, with a bar for each; below them how busy each processor was. It brings its own
/// background, a light or a dark one as the viewer prefers. What would be too short to be seen is left out.
std::string timeline_svg(const Trace& trace);

} // namespace imgbuild::cli
