// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/digest.hpp"
#include "oci/platform.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::oci {

/// What an image's config says: how its layers unpack, and how a container of it starts.
struct ImageConfig {
    Platform platform;
    /// RFC 3339, as written; "" if not stated.
    std::string created;
    std::string author;
    /// Of the layers' tars, bottom first.
    std::vector<crypto::Digest> diff_ids;

    std::string user;
    std::vector<std::string> environment;
    std::vector<std::string> entrypoint;
    std::vector<std::string> command;
    std::string working_directory;
    std::string stop_signal;
    std::vector<std::string> exposed_ports;
    std::vector<std::string> volumes;
    std::map<std::string, std::string> labels;

    struct HistoryEntry {
        std::string created;
        std::string created_by;
        std::string comment;
        bool is_empty_layer = false;
    };

    std::vector<HistoryEntry> history;
};

/// Of OCI's and Docker's images alike.
/// @param layers how many layers the manifest has.
/// @param name for messages.
/// @throws base::Error (exit code 3) if it is damaged, too large, or doesn't fit the manifest.
ImageConfig parse_image_config(std::string_view text, std::size_t layers, const std::string& name);

} // namespace imgbuild::oci
