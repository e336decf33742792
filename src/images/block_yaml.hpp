// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgbuild::images {

/// A value of a YAML file, as far as Warewulf's configuration files need it: maps, lists and scalars in
/// block style, and lists and maps in brackets. Every scalar is a text.
struct YamlValue {
    std::string scalar;
    std::vector<std::pair<std::string, YamlValue>> members;
    std::vector<YamlValue> items;

    /// The member of that name; nullptr if there is none.
    const YamlValue* find(std::string_view name) const;

    /// The scalar of the member of that name; empty if there is none.
    std::string text(std::string_view name) const;
};

/// Anchors, aliases, tags and several documents are not understood.
/// @param name of the file, for messages.
/// @throws base::Error with the position of what can't be read.
YamlValue parse_block_yaml(std::string_view text, const std::string& name);

} // namespace imgbuild::images
