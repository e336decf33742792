// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Where images stand: in a directory of imgbuild's own, or where a Warewulf server keeps its. Both have
 * the same layout:
 *
 *     CHROOTS/NAME/rootfs              the image's root
 *     CHROOTS/NAME/imgbuild/           what imgbuild knows about it: history, journal, digests
 *     CHROOTS/.imgbuild/               locks, and what is not finished yet
 *     OUTPUT/NAME.img.gz               what nodes load
 */
#pragma once

#include "config/host.hpp"

#include <optional>
#include <string>
#include <vector>

namespace imgbuild::images {

/// Something of the host that commands in an image see (warewulf.conf's "image mounts").
struct ConfiguredMount {
    std::string source;
    std::string target;
    bool read_only = false;
    /// A copy of the source; changes to it are lost.
    bool is_copy = false;
};

struct Locations {
    std::string chroots;
    /// Where images are put.
    std::string output;
    /// Where node overlays are.
    std::string overlays;
    /// Who uses which image; empty if nobody says.
    std::string nodes_file;
    bool is_warewulf = false;
    std::vector<ConfiguredMount> mounts;
};

/// What the user asked for on the command line.
struct LocationWishes {
    /// imgbuild's own layout in this directory; empty: the default one.
    std::string directory;
    /// Warewulf's, also where no configuration file is found.
    bool warewulf = false;
    /// Path of warewulf.conf; empty: /etc/warewulf/warewulf.conf.
    std::string warewulf_conf;
};

/// Warewulf's places if they are asked for or the machine is a Warewulf server; else imgbuild's own:
/// /var/lib/imgbuild for root, $XDG_STATE_HOME/imgbuild (~/.local/state/imgbuild) for others.
/// @throws base::UsageError for wishes that contradict each other; base::Error for a configuration that
///         can't be read.
Locations find_locations(const config::Host& host, const LocationWishes& wishes);

} // namespace imgbuild::images
