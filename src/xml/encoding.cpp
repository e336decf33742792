// SPDX-License-Identifier: Apache-2.0
#include "xml/encoding.hpp"

#include "base/text.hpp"
#include "xml/codes.hpp"
#include "xml/cursor.hpp"

#include <fmt/format.h>
#include <iconv.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <utility>

namespace imgbuild::xml {

namespace {

base::Diagnostic failure(
    std::string_view code,
    const std::string& file,
    Mark mark,
    std::string message,
    std::string hint) {
    return {
        .code = std::string(code),
        .message = std::move(message),
        .position = {file, mark.line, mark.column},
        .hint = std::move(hint)};
}

/// The encoding that `<?xml … encoding="…"?>` names; empty if there is none.
std::string_view declared_encoding(std::string_view text) {
    if (text.substr(0, 5) != "<?xml") {
        return {};
    }
    const std::string_view declaration = text.substr(0, text.find("?>"));
    const std::size_t key = declaration.find("encoding");
    if (key == std::string_view::npos) {
        return {};
    }
    const std::size_t open = declaration.find_first_of("\"'", key);
    if (open == std::string_view::npos) {
        return {};
    }
    const std::size_t close = declaration.find(declaration[open], open + 1);
    return close == std::string_view::npos ? std::string_view()
                                           : declaration.substr(open + 1, close - open - 1);
}

void append_utf8(std::string& text, std::uint32_t c) {
    if (c < 0x80) {
        text += static_cast<char>(c);
    } else if (c < 0x800) {
        text += static_cast<char>(0xC0U | (c >> 6U));
        text += static_cast<char>(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) {
        text += static_cast<char>(0xE0U | (c >> 12U));
        text += static_cast<char>(0x80U | ((c >> 6U) & 0x3FU));
        text += static_cast<char>(0x80U | (c & 0x3FU));
    } else {
        text += static_cast<char>(0xF0U | (c >> 18U));
        text += static_cast<char>(0x80U | ((c >> 12U) & 0x3FU));
        text += static_cast<char>(0x80U | ((c >> 6U) & 0x3FU));
        text += static_cast<char>(0x80U | (c & 0x3FU));
    }
}

/// A unit that is no character becomes a lone surrogate in the result, which the check of the
/// UTF-8 text reports with its place.
std::string from_utf16(std::string_view bytes, bool big_endian) {
    const auto unit = [&](std::size_t at) {
        const auto first = static_cast<unsigned char>(bytes[at]);
        const auto second = static_cast<unsigned char>(bytes[at + 1]);
        return big_endian ? first * 256U + second : second * 256U + first;
    };
    std::string text;
    text.reserve(bytes.size());
    std::size_t at = 0;
    for (; at + 1 < bytes.size(); at += 2) {
        std::uint32_t c = unit(at);
        if (c >= 0xD800 && c < 0xDC00 && at + 3 < bytes.size()) {
            const std::uint32_t low = unit(at + 2);
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000U + ((c - 0xD800U) << 10U) + (low - 0xDC00U);
                at += 2;
            }
        }
        append_utf8(text, c);
    }
    if (at < bytes.size()) {
        append_utf8(text, 0xDFFF);
    }
    return text;
}

/// Length of the character that starts at `at`, if it is one that XML allows; else 0.
std::size_t valid_character(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) -> std::uint32_t {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) {
        return lead >= 0x20 || lead == '\t' || lead == '\n' || lead == '\r' ? 1 : 0;
    }
    if (lead >= 0xC2 && lead < 0xE0) {
        return follows(1) ? 2 : 0;
    }
    if (lead >= 0xE0 && lead < 0xF0) {
        if (!follows(1) || !follows(2)) {
            return 0;
        }
        const std::uint32_t c = (lead & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
        const bool is_surrogate = c >= 0xD800 && c < 0xE000;
        return c >= 0x800 && !is_surrogate && c != 0xFFFE && c != 0xFFFF ? 3 : 0;
    }
    if (lead >= 0xF0 && lead < 0xF5) {
        if (!follows(1) || !follows(2) || !follows(3)) {
            return 0;
        }
        const std::uint32_t c = (lead & 0x07U) << 18U | (byte(1) & 0x3FU) << 12U |
                                (byte(2) & 0x3FU) << 6U | (byte(3) & 0x3FU);
        return c >= 0x10000 && c <= 0x10FFFF ? 4 : 0;
    }
    return 0;
}

/// One error for the first bad character: where one is, the encoding is wrong, and so are the rest.
void check_characters(Decoded& decoded, const std::string& file, std::string_view encoding) {
    const std::string_view text = decoded.text;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t length = valid_character(text, at);
        if (length == 0) {
            break;
        }
        at += length;
    }
    if (at == text.size()) {
        return;
    }
    const auto byte = static_cast<unsigned char>(text[at]);
    const Mark mark = advance_mark({1, 1}, text.substr(0, at));
    if (byte < 0x20) {
        decoded.errors.push_back(failure(
            code::bad_character,
            file,
            mark,
            fmt::format("control character U+{:04X}, which XML does not allow", byte),
            "remove it"));
        return;
    }
    decoded.errors.push_back(failure(
        code::bad_character,
        file,
        mark,
        encoding == "UTF-8" ? fmt::format("byte 0x{:02X} is not UTF-8 text", byte)
                            : fmt::format("this is not {} text", encoding),
        "save the file as UTF-8, or name its encoding in the first line: "
        "<?xml version=\"1.0\" encoding=\"…\"?>"));
}

/// iconv's handle, closed at the end.
class Converter {
public:
    Converter(const std::string& from, const std::string& to)
        : handle_(::iconv_open(to.c_str(), from.c_str())) {}

    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;

    ~Converter() {
        if (is_known()) {
            ::iconv_close(handle_);
        }
    }

    bool is_known() const {
        // NOLINTNEXTLINE(performance-no-int-to-ptr): that is how iconv_open says it.
        return handle_ != reinterpret_cast<iconv_t>(-1);
    }

    /// @return false if some bytes are no text; `text` ends before them.
    bool convert(std::string bytes, std::string& text) {
        std::array<char, 4096> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init)
        char* in = bytes.data();
        std::size_t in_left = bytes.size();
        while (true) {
            char* out = buffer.data();
            std::size_t out_left = buffer.size();
            const std::size_t result = ::iconv(handle_, &in, &in_left, &out, &out_left);
            text.append(buffer.data(), buffer.size() - out_left);
            if (result != static_cast<std::size_t>(-1)) {
                return true;
            }
            if (errno != E2BIG) {
                return false;
            }
        }
    }

private:
    iconv_t handle_;
};

/// Anything iconv knows.
Decoded convert(std::string bytes, const std::string& encoding, const std::string& file) {
    Decoded decoded;
    Converter converter(encoding, "UTF-8");
    if (!converter.is_known()) {
        decoded.errors.push_back(failure(
            code::unknown_encoding,
            file,
            {1, 1},
            fmt::format("the encoding \"{}\" is not known", base::printable(encoding)),
            "save the file as UTF-8 and write encoding=\"UTF-8\""));
        return decoded;
    }
    if (!converter.convert(std::move(bytes), decoded.text)) {
        decoded.errors.push_back(failure(
            code::bad_character,
            file,
            advance_mark({1, 1}, decoded.text),
            fmt::format("this is not {} text", base::printable(encoding)),
            "save the file as UTF-8 and write encoding=\"UTF-8\""));
        return decoded;
    }
    check_characters(decoded, file, encoding);
    return decoded;
}

} // namespace

namespace {

/// How the bytes of a file are to be read.
struct Encoding {
    enum class Kind { utf8, utf16_little, utf16_big, other };

    Kind kind = Kind::utf8;
    /// Bytes of the byte order mark.
    std::size_t mark = 0;
    /// As declared, for others than UTF-8.
    std::string name;
};

Encoding detect(std::string_view all) {
    using namespace std::string_view_literals;
    using Kind = Encoding::Kind;
    const std::string_view start = all.substr(0, 2);
    if (start == "\xFE\xFF"sv || start == "\xFF\xFE"sv) {
        return {start == "\xFE\xFF"sv ? Kind::utf16_big : Kind::utf16_little, 2, {}};
    }
    if (start == "\0<"sv || start == "<\0"sv) {
        return {start == "\0<"sv ? Kind::utf16_big : Kind::utf16_little, 0, {}};
    }
    if (all.substr(0, 3) == "\xEF\xBB\xBF"sv) {
        return {Kind::utf8, 3, {}};
    }
    const std::string declared = base::to_lower(declared_encoding(all));
    if (declared.empty() || declared == "utf-8" || declared == "utf8" || declared == "us-ascii" ||
        declared == "ascii") {
        return {};
    }
    return {Kind::other, 0, std::string(declared_encoding(all))};
}

bool is_utf16_name(const std::string& name) {
    const std::string start = base::to_lower(name).substr(0, 6);
    return start == "utf-16" || start == "ucs-2";
}

/// One character of UTF-8 text, which is valid.
std::string_view character_at(std::string_view text, std::size_t at) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        ++end;
    }
    return text.substr(at, end - at);
}

std::uint32_t code_point(std::string_view character) {
    const auto lead = static_cast<unsigned char>(character.front());
    if (character.size() == 1) {
        return lead;
    }
    std::uint32_t number = lead & (0x7FU >> character.size());
    for (const char c : character.substr(1)) {
        number = number << 6U | (static_cast<unsigned char>(c) & 0x3FU);
    }
    return number;
}

} // namespace

Decoded decode(std::string bytes, const std::string& file) {
    const Encoding encoding = detect(bytes);
    if (encoding.kind == Encoding::Kind::utf8) {
        Decoded decoded;
        decoded.text = encoding.mark > 0 ? bytes.substr(encoding.mark) : std::move(bytes);
        check_characters(decoded, file, "UTF-8");
        return decoded;
    }
    if (encoding.kind != Encoding::Kind::other) {
        const std::string_view text = std::string_view(bytes).substr(encoding.mark);
        Decoded decoded{from_utf16(text, encoding.kind == Encoding::Kind::utf16_big), {}};
        check_characters(decoded, file, "UTF-16");
        return decoded;
    }
    if (is_utf16_name(encoding.name)) {
        Decoded decoded{std::move(bytes), {}};
        decoded.errors.push_back(failure(
            code::unknown_encoding,
            file,
            {1, 1},
            fmt::format(
                "the file says that it is {}, but it is not",
                base::printable(base::to_lower(encoding.name))),
            "write encoding=\"UTF-8\""));
        return decoded;
    }
    return convert(std::move(bytes), encoding.name, file);
}

std::string encode_like(const std::string& bytes, const std::string& text) {
    const Encoding encoding = detect(bytes);
    if (encoding.kind == Encoding::Kind::utf8) {
        return bytes.substr(0, encoding.mark) + text;
    }
    const bool is_utf16 = encoding.kind != Encoding::Kind::other;
    const char* const utf16 = encoding.kind == Encoding::Kind::utf16_big ? "UTF-16BE" : "UTF-16LE";
    Converter converter("UTF-8", is_utf16 ? utf16 : encoding.name);
    std::string result = bytes.substr(0, encoding.mark);
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view character = character_at(text, at);
        at += character.size();
        if (!converter.convert(std::string(character), result)) {
            converter.convert(fmt::format("&#{};", code_point(character)), result);
        }
    }
    return result;
}

std::optional<std::string> utf8_character(std::uint32_t number) {
    if (number > 0x10FFFF) {
        return std::nullopt;
    }
    std::string text;
    append_utf8(text, number);
    if (valid_character(text, 0) != text.size()) {
        return std::nullopt;
    }
    return text;
}

} // namespace imgbuild::xml
