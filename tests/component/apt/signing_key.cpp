// SPDX-License-Identifier: Apache-2.0
#include "component/apt/signing_key.hpp"

#include "base/text.hpp"
#include "component/apt/fixture.hpp"
#include "process/process.hpp"

namespace imgbuild::test {

SigningKey::SigningKey(const std::string& owner) {
    gpg({"--passphrase", "", "--quick-generate-key", owner, "ed25519", "sign", "never"}, {});
    public_key_ = gpg({"--armor", "--export"}, {});
    const std::string listing = gpg({"--with-colons", "-k"}, {});
    for (const std::string_view line : base::split_lines(listing)) {
        const std::vector<std::string_view> fields = base::split(line, ':');
        if (fields.size() > 4 && fields[0] == "pub") {
            id_ = fields[4];
        }
    }
}

SigningKey::~SigningKey() {
    try {
        Surroundings surroundings;
        process::run(
            {.argv = {"gpgconf", "--homedir", home_.path(), "--kill", "all"}},
            surroundings.context);
    } catch (const base::Error&) {
        // The agent ends by itself when its home is gone.
    }
}

std::string SigningKey::gpg(std::vector<std::string> arguments, const std::string& input) const {
    Surroundings surroundings;
    process::Command command;
    command.argv = {"gpg", "--homedir", home_.path(), "--batch", "--quiet", "--no-tty"};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.input = input;
    return process::run_or_throw(command, surroundings.context);
}

std::string SigningKey::sign_inline(const std::string& text) const {
    return gpg({"--digest-algo", "SHA256", "--clearsign"}, text);
}

std::string SigningKey::sign_detached(const std::string& text) const {
    return gpg({"--digest-algo", "SHA256", "--armor", "--detach-sign"}, text);
}

const SigningKey& first_key() {
    static const SigningKey key("First <first@example.org>");
    return key;
}

const SigningKey& second_key() {
    static const SigningKey key("Second <second@example.org>");
    return key;
}

} // namespace imgbuild::test
