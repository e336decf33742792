// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// A keyring that holds exactly `keys`, as gpgv takes it: armoured keys (several blocks, with text
/// around them, are fine) are decoded, binary ones taken as they are.
/// @throws base::Error (exit code 3) if one of them is no OpenPGP public key.
std::string make_keyring(const std::vector<std::string>& keys);

/// What stands between the armour of a "BEGIN PGP …" block. @returns every block's bytes, joined.
/// @throws base::Error (exit code 3) if there is no block, or one is damaged.
std::string decode_armour(std::string_view text);

/// Checks signatures with gpgv and a private keyring; nothing of the host's trust is used.
/// Thread-compatible.
class SignatureChecker {
public:
    /// @param directory a private one, for the files that gpgv reads; outlives the checker.
    /// @throws base::Error as make_keyring; if the host has no gpgv.
    SignatureChecker(std::string directory, const std::vector<std::string>& keys);

    /// Checks a text with its signature around it (InRelease).
    /// @param name of the file for messages.
    /// @returns exactly the text that is signed: nothing else of the file may be used.
    /// @throws base::Error (exit code 3) if there is no good signature by one of the keys, naming the
    ///         keys that signed.
    std::string check_inline(
        std::string_view signed_text, const std::string& name, const base::Context& context) const;

    /// Checks a text against a signature of its own (Release and Release.gpg).
    void check_detached(
        std::string_view text,
        std::string_view signature,
        const std::string& name,
        const base::Context& context) const;

private:
    std::string run_gpgv(
        const std::vector<std::string>& files,
        const std::string& name,
        const base::Context& context) const;

    std::string directory_;
    std::string keyring_;
};

/// The text of an inline-signed file whose signature nobody wants checked.
std::string strip_inline_signature(std::string_view signed_text);

} // namespace imgbuild::package
