// SPDX-License-Identifier: Apache-2.0
#include "crypto/keyed_hash.hpp"

#include <doctest/doctest.h>

#include <span>
#include <string>
#include <string_view>

using namespace imgbuild;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

crypto::KeyedSum sum_of(crypto::KeyedHash& hash, std::string_view text) {
    hash.update(bytes_of(text));
    return hash.finish();
}

} // namespace

TEST_CASE("under one key, a text has one sum, and others have others") {
    const crypto::HashKey key;
    crypto::KeyedHash hash(key);
    const crypto::KeyedSum sum = sum_of(hash, "a text longer than one block of the hash");
    CHECK(sum_of(hash, "a text longer than one block of the hash") == sum);
    CHECK_FALSE(sum_of(hash, "b text longer than one block of the hash") == sum);
    CHECK_FALSE(sum_of(hash, "a text longer than one block of the hasH") == sum);
    CHECK_FALSE(
        sum_of(hash, std::string("a text longer than one block of the hash") + '\0') == sum);
    CHECK_FALSE(sum_of(hash, "") == sum);
}

TEST_CASE("pieces give the sum of the whole") {
    const crypto::HashKey key;
    crypto::KeyedHash whole(key);
    crypto::KeyedHash pieces(key);
    pieces.update(bytes_of("a text longer "));
    pieces.update(bytes_of(""));
    CHECK(sum_of(pieces, "than one block") == sum_of(whole, "a text longer than one block"));
}

TEST_CASE("each key has its own sums") {
    const crypto::HashKey one;
    const crypto::HashKey other;
    crypto::KeyedHash hash(one);
    crypto::KeyedHash other_hash(other);
    CHECK_FALSE(sum_of(hash, "a text") == sum_of(other_hash, "a text"));
}
