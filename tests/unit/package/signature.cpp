// SPDX-License-Identifier: Apache-2.0
#include "package/signature.hpp"

#include "base/error.hpp"
#include "package/signature_verdict.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using package::decode_armour;
using package::make_keyring;
using package::SignatureVerdict;

namespace {

SignatureVerdict verdict_of(const std::vector<std::string>& lines) {
    SignatureVerdict verdict;
    for (const std::string& line : lines) {
        verdict.read(line);
    }
    return verdict;
}

const std::string valid =
    "[GNUPG:] VALIDSIG 4CB50190207B4758A3F73A796ED0E7B82643E131 2026-07-11 1783765031 0 4 0 1 8 01 "
    "B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8";

/// The bytes 0x98 0x01 0x02 0x03 with their checksum.
const std::string armoured =
    "A key.\n-----BEGIN PGP PUBLIC KEY BLOCK-----\nComment: x\n\nmAECAw==\n=giK5\n"
    "-----END PGP PUBLIC KEY BLOCK-----\n";

} // namespace

TEST_SUITE("signature") {
    TEST_CASE("a good signature by one of the keys is enough") {
        verdict_of({"[GNUPG:] PLAINTEXT 74 0 ",
                    "[GNUPG:] NEWSIG",
                    "gpgv: Signature made Sat Jul 11 10:17:11 2026 UTC",
                    "[GNUPG:] ERRSIG 6ED0E7B82643E131 1 8 01 1783765031 9 4CB5",
                    "[GNUPG:] NO_PUBKEY 6ED0E7B82643E131",
                    "[GNUPG:] NEWSIG",
                    "[GNUPG:] GOODSIG F8D2585B8783D481 Debian Stable Release Key",
                    valid})
            .require_good("R");
    }

    TEST_CASE("anything less is refused, with the keys' names") {
        const auto message = [](const std::vector<std::string>& lines) -> std::string {
            try {
                verdict_of(lines).require_good("R");
            } catch (const base::Error& error) {
                CHECK(error.exit_code() == base::ExitCode::fetch);
                CHECK_FALSE(error.hint().empty());
                return error.what();
            }
            return "accepted";
        };
        CHECK(message({}) == "R: there is no signature for it");
        CHECK(message({"gpgv: no valid OpenPGP data found."}) == "R: there is no signature for it");
        CHECK(
            message({"[GNUPG:] NEWSIG", "[GNUPG:] NO_PUBKEY AA"}) ==
            "R: it is signed by key AA, which is not among the keys of the description");
        CHECK(
            message(
                {"[GNUPG:] NEWSIG",
                 "[GNUPG:] NO_PUBKEY AA",
                 "[GNUPG:] NEWSIG",
                 "[GNUPG:] NO_PUBKEY BB"}) ==
            "R: it is signed by keys AA, BB, which are not among the keys of the description");
        CHECK(
            message({"[GNUPG:] NEWSIG", "[GNUPG:] BADSIG AA name"}) ==
            "R: the signature by key AA does not fit the text");
        CHECK(
            message({"[GNUPG:] NEWSIG", "[GNUPG:] EXPKEYSIG AA name"}) ==
            "R: the key AA has expired");
        CHECK(
            message({"[GNUPG:] NEWSIG", "[GNUPG:] REVKEYSIG AA name"}) ==
            "R: the key AA was revoked");
        CHECK(
            message({"[GNUPG:] NEWSIG", "[GNUPG:] EXPSIG AA name"}) ==
            "R: the signature by key AA has expired");
        CHECK(message({"[GNUPG:] NEWSIG"}) == "R: its signature can't be checked");
    }

    TEST_CASE("one wrong signature spoils the good ones, SHA-1 is none, two texts are none") {
        CHECK_THROWS_AS(
            verdict_of({"[GNUPG:] NEWSIG", "[GNUPG:] GOODSIG AA x", valid, "[GNUPG:] BADSIG BB x"})
                .require_good("R"),
            base::Error);
        std::string sha1 = valid;
        sha1.replace(sha1.find(" 1 8 01"), 7, " 1 2 01");
        CHECK_THROWS_WITH(
            verdict_of({"[GNUPG:] NEWSIG", "[GNUPG:] GOODSIG AA x", sha1}).require_good("R"),
            "R: the signature by key AA uses a broken digest");
        CHECK_THROWS_AS(
            verdict_of({"[GNUPG:] PLAINTEXT 74 0 ",
                        "[GNUPG:] NEWSIG",
                        "[GNUPG:] GOODSIG AA x",
                        valid,
                        "[GNUPG:] PLAINTEXT 74 0 "})
                .require_good("R"),
            base::Error);
    }

    TEST_CASE("armour is decoded, several blocks are joined") {
        CHECK(decode_armour(armoured) == "\x98\x01\x02\x03");
        CHECK(
            make_keyring({armoured + armoured, "\x99\x01"}) ==
            "\x98\x01\x02\x03\x98\x01\x02\x03\x99\x01");
    }

    TEST_CASE("what is no public key is refused") {
        const std::string prefix = "a signing key of the repository can't be used: ";
        CHECK_THROWS_WITH(decode_armour("text"), (prefix + "it holds no OpenPGP block").c_str());
        CHECK_THROWS_WITH(
            decode_armour(armoured.substr(0, armoured.size() - 50)),
            (prefix + "its armour is cut short").c_str());
        std::string damaged = armoured;
        damaged.replace(damaged.find("mAEC"), 4, "mAED");
        CHECK_THROWS_WITH(decode_armour(damaged), (prefix + "its armour is damaged").c_str());
        CHECK_THROWS_WITH(
            make_keyring({"KBXf"}),
            (prefix + "it is neither an armoured nor a binary OpenPGP public key").c_str());
        CHECK_THROWS_AS(make_keyring({""}), base::Error);
    }

    TEST_CASE("the text of a signed file, when nobody checks it") {
        CHECK(
            package::strip_inline_signature(
                "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSuite: x\n- -dash\n"
                "-----BEGIN PGP SIGNATURE-----\n\niQ\n-----END PGP SIGNATURE-----\n") ==
            "Suite: x\n-dash\n");
        CHECK(package::strip_inline_signature("Suite: x\n") == "Suite: x\n");
    }
}
