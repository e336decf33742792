// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xml/cursor.hpp"
#include "xml/document.hpp"
#include "xml/findings.hpp"
#include "xml/places.hpp"
#include "xml/references.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

struct StartTag {
    std::string_view name;
    /// Ordinal in document order.
    std::uint32_t element = 0;
    /// It ends with "/>".
    bool is_empty = false;
};

/// Reads start tags and records where their parts stand.
class StartTagReader {
public:
    StartTagReader(Findings& findings, References& references, Places& places, const Limits& limits)
        : findings_(findings)
        , references_(references)
        , places_(places)
        , limits_(limits) {}

    StartTagReader(const StartTagReader&) = delete;
    StartTagReader& operator=(const StartTagReader&) = delete;

    /// The cursor stands on "<". Errors are added, and reading goes on where that makes sense.
    /// @return nothing if this is no tag at all. Each tag must be left by `leave`.
    std::optional<StartTag> read(Cursor& cursor);

    /// The element of the innermost tag that was read ends: its prefixes are no longer declared.
    void leave();

private:
    enum class Next { attribute, end, empty_end };

    Next next_part(Cursor& cursor, std::string_view tag, Mark start);
    void attribute(Cursor& cursor, std::string_view tag, bool blank_before);
    bool value(Cursor& cursor, std::string_view name, AttributePlace& place);
    void no_tag(Cursor& cursor, Mark start);
    void unquoted_value(Cursor& cursor, std::string_view name);
    bool less_than_in_value(
        Cursor& cursor, std::string_view name, const Cursor& start, Mark quote_mark, char quote);
    void missing_quote(std::string_view name, Mark mark);
    void skip_broken(Cursor& cursor);
    void check_prefixes(std::string_view tag, const ElementPlace& element);
    void check_duplicates(const ElementPlace& element);
    bool is_declared(std::string_view prefix) const;

    Findings& findings_;
    References& references_;
    Places& places_;
    const Limits& limits_;
    std::vector<std::string> prefixes_;
    /// How many prefixes were declared before each open element.
    std::vector<std::size_t> scopes_;
};

} // namespace imgbuild::xml
