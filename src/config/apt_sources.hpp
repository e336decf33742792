// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/host.hpp"

#include <string>
#include <vector>

namespace imgbuild::config {

/// The base URL of one of the host's own package sources. Only where packages come from is read;
/// what the host trusts is no business of an image.
struct AptSource {
    std::string url;
    /// "bookworm", "bookworm-security", …
    std::string suite;
    std::vector<std::string> components;
    /// Whether the source names a key that is not the distribution's own, so is somebody else's.
    bool is_third_party = false;
    /// "file:line"
    std::string origin;
};

/// The enabled binary sources of /etc/apt/sources.list and /etc/apt/sources.list.d, in apt's order of
/// files. Lines that make no sense are left out: apt complains about them, imgbuild only looks.
std::vector<AptSource> read_apt_sources(const Host& host);

} // namespace imgbuild::config
