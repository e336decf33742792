// SPDX-License-Identifier: Apache-2.0
#include "oci/layer_path.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace imgbuild::oci {

namespace {

constexpr std::string_view prefix = ".wh.";
constexpr std::string_view foreign_prefix = ".wh..wh.";
constexpr std::string_view opaque_mark = ".wh..wh..opq";
constexpr std::size_t most_name_bytes = 255;

} // namespace

LayerPath clean_layer_path(std::string_view raw) {
    std::vector<std::string_view> parts;
    for (const std::string_view part : base::split(raw, '/')) {
        if (part == "..") {
            if (!parts.empty()) {
                parts.pop_back();
            }
        } else if (!part.empty() && part != ".") {
            if (part.size() > most_name_bytes) {
                throw base::Error(fmt::format("a part of its name has {} bytes", part.size()));
            }
            parts.push_back(part);
        }
    }
    if (parts.size() > static_cast<std::size_t>(most_nested)) {
        throw base::Error(
            fmt::format("it lies deeper than {} directories in each other", most_nested));
    }
    LayerPath path;
    if (parts.empty()) {
        return path;
    }
    path.name = parts.back();
    parts.pop_back();
    for (const std::string_view part : parts) {
        if (!path.directory.empty()) {
            path.directory += '/';
        }
        path.directory += part;
    }
    return path;
}

int depth_of(std::string_view clean_path) {
    return clean_path.empty()
               ? 0
               : 1 + static_cast<int>(std::count(clean_path.begin(), clean_path.end(), '/'));
}

Marker marker_of(const LayerPath& path) {
    bool is_foreign = false;
    for (const std::string_view part : base::split(path.directory, '/')) {
        if (part.starts_with(foreign_prefix)) {
            is_foreign = true;
        } else if (part.starts_with(prefix) && !is_foreign) {
            throw base::Error("it lies in a directory whose name is that of a whiteout");
        }
    }
    if (is_foreign) {
        return Marker::foreign;
    }
    if (!path.name.starts_with(prefix)) {
        return Marker::none;
    }
    if (path.name == opaque_mark) {
        return Marker::opaque;
    }
    if (path.name.starts_with(foreign_prefix)) {
        return Marker::foreign;
    }
    const std::string hidden = hidden_name(path.name);
    if (hidden.empty() || hidden == "." || hidden == "..") {
        throw base::Error(fmt::format("it is the whiteout of \"{}\", which is no name", hidden));
    }
    return Marker::whiteout;
}

std::string hidden_name(const std::string& whiteout) {
    return whiteout.substr(prefix.size());
}

} // namespace imgbuild::oci
