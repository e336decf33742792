// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/temporary_directory.hpp"

#include <string>
#include <vector>

namespace imgbuild::test {

/// A throw-away OpenPGP key in a home of its own.
class SigningKey {
public:
    explicit SigningKey(const std::string& owner);
    SigningKey(const SigningKey&) = delete;
    SigningKey& operator=(const SigningKey&) = delete;
    /// Ends the agent that gpg started.
    ~SigningKey();

    const std::string& public_key() const { return public_key_; }

    /// The 16 hexadecimal digits that messages name the key by.
    const std::string& id() const { return id_; }

    /// `text` with a signature around it.
    std::string sign_inline(const std::string& text) const;

    /// A signature of its own for `text`.
    std::string sign_detached(const std::string& text) const;

private:
    std::string gpg(std::vector<std::string> arguments, const std::string& input) const;

    TemporaryDirectory home_;
    std::string public_key_;
    std::string id_;
};

/// Two keys for the whole program; making one takes a while.
const SigningKey& first_key();
const SigningKey& second_key();

} // namespace imgbuild::test
