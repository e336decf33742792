// SPDX-License-Identifier: Apache-2.0
#include "samples.hpp"

#include <array>
#include <string_view>

namespace imgbuild::test {

std::string noise(std::size_t size, std::uint64_t seed) {
    Noise numbers(seed);
    std::string text(size, '\0');
    for (char& c : text) {
        c = static_cast<char>(numbers.next() & 0xFFU);
    }
    return text;
}

std::string words(std::size_t size, std::uint64_t seed) {
    static constexpr std::array<std::string_view, 16> vocabulary = {
        "node",
        "kernel",
        "archive",
        "the",
        "a",
        "of",
        "inventory",
        "chunk",
        "\n",
        "0x7fff",
        "layer",
        "digest",
        "root",
        "and",
        "usr/share/doc",
        "\t"};
    Noise numbers(seed);
    std::string text;
    while (text.size() < size) {
        text += vocabulary.at(numbers.next() % vocabulary.size());
        text += ' ';
    }
    text.resize(size);
    return text;
}

std::vector<std::pair<std::string, std::string>> samples() {
    std::string mixed;
    for (std::uint64_t part = 0; part < 12; ++part) {
        mixed += words(30000 + 97 * part, part);
        mixed += noise(part % 3 == 0 ? 20000 : 100, part);
        mixed.append(part * 300, static_cast<char>(part));
    }
    return {
        {"nothing", ""},
        {"one byte", "x"},
        {"a few bytes", "hello"},
        {"zeros", std::string(400'000, '\0')},
        {"noise", noise(150'000)},
        {"words", words(400'000)},
        {"short words", words(700)},
        {"mixed", mixed},
    };
}

} // namespace imgbuild::test
