// SPDX-License-Identifier: Apache-2.0
// OpenPGP's armour (RFC 4880, 6.2): base64 between BEGIN and END lines, headers before an empty line,
// a checksum line "=abcd" at the end. gpgv reads only the binary form.
#include "base/error.hpp"
#include "base/text.hpp"
#include "package/signature.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace imgbuild::package {
namespace {

base::Error key_error(const std::string& message) {
    return base::Error(
               "a signing key of the repository can't be used: " + message, base::ExitCode::fetch)
        .set_hint("export it with 'gpg --armor --export KEY'");
}

int base64_value(char character) {
    if (character >= 'A' && character <= 'Z') {
        return character - 'A';
    }
    if (character >= 'a' && character <= 'z') {
        return character - 'a' + 26;
    }
    if (character >= '0' && character <= '9') {
        return character - '0' + 52;
    }
    if (character == '+') {
        return 62;
    }
    return character == '/' ? 63 : -1;
}

void decode_base64_line(
    std::string_view line, std::uint32_t& bits, unsigned& count, std::string& out) {
    for (const char character : line) {
        if (character == '=') {
            break;
        }
        const int value = base64_value(character);
        if (value < 0) {
            throw key_error("its armour is damaged");
        }
        bits = bits << 6U | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>(bits >> count & 0xffU);
        }
    }
}

/// The 24-bit checksum of RFC 4880, 6.1.
std::uint32_t crc24(std::string_view bytes) {
    std::uint32_t crc = 0xb704ce;
    for (const char character : bytes) {
        crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(character)) << 16U;
        for (int i = 0; i < 8; ++i) {
            crc <<= 1U;
            if ((crc & 0x1000000U) != 0) {
                crc ^= 0x1864cfbU;
            }
        }
    }
    return crc & 0xffffffU;
}

void check_sum(std::string_view line, std::string_view bytes) {
    std::string sum;
    std::uint32_t bits = 0;
    unsigned count = 0;
    decode_base64_line(line, bits, count, sum);
    std::uint32_t wanted = 0;
    for (const char character : sum) {
        wanted = wanted << 8U | static_cast<unsigned char>(character);
    }
    if (sum.size() != 3 || wanted != crc24(bytes)) {
        throw key_error("its armour is damaged");
    }
}

bool is_public_key(std::string_view bytes) {
    if (bytes.empty()) {
        return false;
    }
    const auto first = static_cast<unsigned char>(bytes.front());
    // Packet tag 6 in the old and the new form of headers.
    return (first & 0xfcU) == 0x98U || first == 0xc6U;
}

} // namespace

std::string decode_armour(std::string_view text) {
    enum class Place { outside, header, body };
    std::string all;
    std::string block;
    std::uint32_t bits = 0;
    unsigned count = 0;
    Place place = Place::outside;
    for (const std::string_view raw : base::split_lines(text)) {
        const std::string_view line = base::trim(raw);
        if (line.starts_with("-----BEGIN PGP ")) {
            place = Place::header;
            block.clear();
            bits = 0;
            count = 0;
        } else if (line.starts_with("-----END PGP ") && place != Place::outside) {
            all += block;
            place = Place::outside;
        } else if (place == Place::header) {
            place = line.empty() ? Place::body : Place::header;
        } else if (place == Place::body && line.starts_with('=')) {
            check_sum(line.substr(1), block);
        } else if (place == Place::body) {
            decode_base64_line(line, bits, count, block);
        }
    }
    if (place != Place::outside) {
        throw key_error("its armour is cut short");
    }
    if (all.empty()) {
        throw key_error("it holds no OpenPGP block");
    }
    return all;
}

std::string make_keyring(const std::vector<std::string>& keys) {
    std::string keyring;
    for (const std::string& key : keys) {
        const bool armoured = key.find("-----BEGIN PGP ") != std::string::npos;
        const std::string bytes = armoured ? decode_armour(key) : key;
        if (!is_public_key(bytes)) {
            throw key_error(
                armoured ? "it is no OpenPGP public key"
                         : "it is neither an armoured nor a binary OpenPGP public key");
        }
        keyring += bytes;
    }
    return keyring;
}

} // namespace imgbuild::package
