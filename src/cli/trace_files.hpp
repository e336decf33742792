// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/trace_recorder.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace imgbuild::cli {

/// A row for each span, such that spans of one row either follow each other or are parts of each other.
std::vector<std::size_t> trace_rows(const std::vector<TraceSpan>& spans);

/// The trace in the form that browsers' trace viewers and Perfetto read: "Trace Event Format", complete
/// events in microseconds. Output of commands has a row of its own, the load of processors are counters.
std::string chrome_trace(const Trace& trace);

} // namespace imgbuild::cli
