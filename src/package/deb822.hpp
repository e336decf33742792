// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace imgbuild::package {

/// A field of a stanza. The value has no blanks around it; of a value of several lines it is all of
/// them, each later one with its leading blank.
struct Deb822Field {
    std::string_view name;
    std::string_view value;
};

/// Reads Debian's control syntax (Release, Packages, dpkg's status) without copying: stanzas of
/// "Name: value" lines, parted by empty lines. Lines that are none of this are passed over, as dpkg's
/// own readers check what they get; callers check that the fields they need are there.
///
///     Deb822Reader reader(text);
///     while (reader.next_stanza()) {
///         while (const auto field = reader.next_field()) { … }
///     }
class Deb822Reader {
public:
    /// @param text outlives the reader and what it returns.
    explicit Deb822Reader(std::string_view text)
        : rest_(text) {}

    /// Goes to the next stanza. @returns false at the end.
    bool next_stanza();

    /// The next field of this stanza; nothing after its last.
    std::optional<Deb822Field> next_field();

    /// The whole stanza without the empty line behind it.
    std::string_view stanza() const noexcept { return stanza_; }

private:
    std::string_view rest_;
    std::string_view stanza_;
    std::string_view fields_;
};

/// True if two field names are the same; upper and lower case don't matter.
bool same_field(std::string_view a, std::string_view b);

} // namespace imgbuild::package
