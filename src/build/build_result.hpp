// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/digest.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::build {

/// A file of the result directory.
struct Artifact {
    /// Relative to the result directory.
    std::string path;
    /// "image", "kernel", "packages", "resolution", "log".
    std::string kind;
    std::uint64_t size = 0;
    crypto::Digest digest;
};

struct StageRecord {
    std::string name;
    std::string key;
    bool cached = false;
    double seconds = 0;
};

/// What a build made: the content of imgbuild.result.json.
struct BuildResult {
    std::string name;
    std::string version;
    std::string architecture;
    std::vector<Artifact> artifacts;
    /// As Warewulf reads it from the kernel's name.
    std::string kernel_version;
    /// Bytes of memory a node needs to run the image.
    std::uint64_t memory_needed = 0;
    std::vector<StageRecord> stages;
    std::vector<std::string> warnings;
    std::string tool_version;
};

/// Name of the file that makes a directory a result directory.
inline constexpr std::string_view result_file_name = "imgbuild.result.json";

std::string to_json(const BuildResult& result);

/// @throws base::Error if `text` is not what `to_json` writes. @param name for messages.
BuildResult parse_build_result(std::string_view text, const std::string& name);

} // namespace imgbuild::build
