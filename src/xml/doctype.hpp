// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xml/cursor.hpp"
#include "xml/findings.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

/// A general entity declared in the document.
struct Entity {
    /// What `&name;` stands for; character references are already resolved.
    std::string replacement;
    /// It lies elsewhere, or is no XML at all: a reference to it is refused.
    bool is_external = false;
    /// Of its declaration.
    Mark mark;
};

struct Doctype {
    std::map<std::string, Entity, std::less<>> entities;
    /// Default values of attributes, as written.
    std::vector<std::string_view> attribute_defaults;
};

/// Reads a DOCTYPE with its internal subset; the cursor stands behind "<!DOCTYPE". An external
/// subset is never read.
/// @return nothing if it is malformed; the findings say how.
std::optional<Doctype> read_doctype(Cursor& cursor, Findings& findings);

/// The character that `&#…;` stands for, as UTF-8.
/// @param digits what stands between "&#" and ";".
/// @return nothing if it is no character that XML allows.
std::optional<std::string> character_reference(std::string_view digits);

} // namespace imgbuild::xml
