// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Prints the digest of what each encoder makes of a fixed input: its own executable, and made-up
 * bytes. Run under several processors, it must say the same.
 */
#include "base/file.hpp"
#include "compress/crc32.hpp"
#include "compress/deflate_encoder.hpp"
#include "crypto/digest.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

using namespace imgbuild;

namespace {

/// Lines of words, numbers in binary, runs: what differs in how matches are found.
std::string made_up() {
    std::string text;
    std::uint64_t state = 1;
    while (text.size() < 600'000) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const auto value = static_cast<std::uint32_t>(state >> 33U);
        switch (value % 4) {
        case 0:
            text += fmt::format("node{:03} kernel={} ", value % 977, value % 31);
            break;
        case 1:
            text.append(reinterpret_cast<const char*>(&value), sizeof value);
            break;
        case 2:
            text.append(value % 300, static_cast<char>(value >> 24U));
            break;
        default:
            text.append(text, text.size() - text.size() % 30'000 / 2, value % 200);
        }
    }
    return text;
}

} // namespace

int main() {
    // The start only: emulated processors are slow.
    const std::string program = base::read_file("/proc/self/exe").substr(0, 1'200'000);
    for (const std::string& input : {program, made_up()}) {
        const auto bytes = std::as_bytes(std::span(input));
        fmt::print("crc {:08x}\n", compress::crc32(bytes));
        for (const auto effort :
             {compress::DeflateEffort::fast,
              compress::DeflateEffort::standard,
              compress::DeflateEffort::small}) {
            const std::string encoded = compress::make_deflate_encoder(effort)->encode(bytes);
            fmt::print(
                "{} {} {}\n",
                compress::deflate_encoder_name(effort),
                encoded.size(),
                crypto::sha256(encoded).hex());
        }
    }
    return 0;
}
