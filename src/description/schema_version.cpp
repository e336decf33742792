// SPDX-License-Identifier: Apache-2.0
#include "description/schema_version.hpp"

#include "base/diagnostic.hpp"
#include "description/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace imgbuild::description {

namespace {

constexpr std::string_view current_version = "8.5";

/// kiwi's versions that can be brought to the current one, oldest first.
constexpr std::array<std::string_view, 8> older_versions = {
    "7.4", "7.5", "7.6", "8.0", "8.1", "8.2", "8.3", "8.4"};

} // namespace

void require_current_version(const xml::Document& document) {
    const xml::Element root = document.root();
    if (root.name() != "image" || !root.attribute("schemaversion")) {
        return;
    }
    const NamedItem version = read_word(root, "schemaversion");
    if (version.name == current_version) {
        return;
    }
    base::Diagnostic diagnostic;
    diagnostic.code = "E200";
    diagnostic.position = version.position;
    diagnostic.end_column = version.position.column + count_characters(version.name) - 1;
    if (std::find(older_versions.begin(), older_versions.end(), version.name) !=
        older_versions.end()) {
        diagnostic.message = fmt::format(
            "the description is written in schema version {}, which this version of imgbuild does "
            "not upgrade yet",
            version.name);
        diagnostic.hint = fmt::format(
            "write schemaversion=\"{}\", then change what \"imgbuild validate\" points at",
            current_version);
    } else {
        diagnostic.message = fmt::format("unknown schema version \"{}\"", version.name);
        diagnostic.hint = fmt::format("imgbuild reads version {}", current_version);
    }
    throw base::DescriptionError({std::move(diagnostic)});
}

} // namespace imgbuild::description
