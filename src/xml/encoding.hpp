// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/diagnostic.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::xml {

struct Decoded {
    /// UTF-8 without a byte order mark. Only characters that XML allows, if there are no errors.
    std::string text;
    std::vector<base::Diagnostic> errors;
};

/// The bytes of an XML file as UTF-8: a byte order mark decides, else the XML declaration, else
/// UTF-8 is assumed. Also finds what is no text in that encoding and control characters.
/// @param file how positions name it.
Decoded decode(std::string bytes, const std::string& file);

/// Text in the encoding, and with the byte order mark, of the file that it was read from. Characters
/// that the encoding does not have become character references.
/// @param bytes the file, which `decode` could read.
/// @param text UTF-8.
std::string encode_like(const std::string& bytes, const std::string& text);

/// A character as UTF-8; nothing if XML does not allow it.
std::optional<std::string> utf8_character(std::uint32_t number);

} // namespace imgbuild::xml
