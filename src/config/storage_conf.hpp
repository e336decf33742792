// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace imgbuild::config {

/// What a node's storage.conf says of where its containers are.
struct StorageConf {
    /// Empty: the tools choose, overlay where they can.
    std::string driver;
    std::string graph_root = "/var/lib/containers/storage";
};

/// @param name for messages. @throws base::UsageError with the position of what makes no sense.
StorageConf parse_storage_conf(std::string_view text, const std::string& name);

/// The text with one more additional image store, and nothing else changed.
/// @throws base::UsageError if it names other ones already, or is such that nothing can be added.
std::string
with_image_store(const std::string& text, const std::string& place, const std::string& name);

} // namespace imgbuild::config
