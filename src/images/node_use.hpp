// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

namespace imgbuild::images {

/// Who uses an image, by Warewulf's nodes.conf.
struct NodeUse {
    /// Nodes that would load it.
    std::vector<std::string> nodes;
    /// Profiles that name it, also if no node uses them.
    std::vector<std::string> profiles;

    bool empty() const noexcept { return nodes.empty() && profiles.empty(); }
};

/// By the name of the image. A node's own choice wins over its profiles', a later profile's over an
/// earlier one's, a profile's over those that it names itself; "~NAME" takes a profile back.
/// @param path of nodes.conf; nobody uses anything if there is no such file.
/// @throws base::Error if it can't be read.
std::map<std::string, NodeUse> read_node_use(const std::string& path);

/// "the nodes n1, n2 and the profile default"; long lists are cut.
std::string describe(const NodeUse& use);

} // namespace imgbuild::images
