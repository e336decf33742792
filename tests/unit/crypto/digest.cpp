// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.hpp"

#include "base/file.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>

using namespace imgbuild;

namespace {

constexpr const char* empty_hex =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* abc_hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

} // namespace

TEST_CASE("known digests") {
    CHECK(crypto::sha256("").hex() == empty_hex);
    CHECK(crypto::sha256("abc").hex() == abc_hex);
}

TEST_CASE("pieces give the digest of the whole, and finish starts anew") {
    crypto::Sha256 hash;
    hash.update("a");
    hash.update("bc");
    CHECK(hash.finish().hex() == abc_hex);
    CHECK(hash.finish().hex() == empty_hex);
}

TEST_CASE("a digest is read from exactly 64 digits") {
    CHECK(crypto::Digest::from_hex(abc_hex) == crypto::sha256("abc"));
    std::string upper(abc_hex);
    upper[0] = 'B';
    CHECK(crypto::Digest::from_hex(upper) == crypto::sha256("abc"));
    CHECK_FALSE(crypto::Digest::from_hex(std::string(abc_hex) + "0").has_value());
    CHECK_FALSE(crypto::Digest::from_hex(std::string(abc_hex).substr(1)).has_value());
    upper[5] = 'g';
    CHECK_FALSE(crypto::Digest::from_hex(upper).has_value());
}

TEST_CASE("a file is hashed from its offset on") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "file";
    base::replace_file(path, "xxabc");
    const base::UniqueFd fd = base::open_at(AT_FDCWD, path, O_RDONLY);
    REQUIRE(::lseek(fd.get(), 2, SEEK_SET) == 2);
    CHECK(crypto::sha256_of_file(fd.get(), path).hex() == abc_hex);
}
