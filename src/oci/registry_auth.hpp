// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "config/registry_credentials.hpp"
#include "net/client.hpp"
#include "oci/auth_challenge.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace imgbuild::oci {

/// Logs in to one registry in the way that it asks for: not at all, by Basic, or by tokens that another
/// server gives out for a scope. Not thread-safe.
class RegistryAuth {
public:
    /// @param registry base URL, "https://registry.example:5000"; @param client outlives this.
    /// @param login what the user has for this registry, if anything.
    RegistryAuth(
        net::Client& client, std::string registry, std::optional<config::RegistryLogin> login);

    /// The value of WWW-Authenticate that the registry last gave; "" if it asks for no login.
    const std::string& challenge() const noexcept { return challenge_text_; }

    /// What an earlier run was told, so that the first request needs no refusal.
    void expect(const std::string& challenge);

    /// Adds what lets a request through.
    /// @param scope "repository:group/name:pull".
    /// @throws net::TransferError if the server of tokens refuses; base::Error if its answer is no token.
    void authorise(net::Request& request, const std::string& scope, const base::Context& context);

    /// The registry answered 401. @returns false if nothing better than what was sent can be offered.
    bool learn(const net::TransferError& refusal, const std::string& scope);

    /// Where the login stands that is used; "" if there is none.
    std::string login_origin() const;

private:
    struct Token {
        std::string text;
        std::chrono::steady_clock::time_point end;
    };

    const std::string& token(const std::string& scope, const base::Context& context);
    Token fetch_token(const std::string& scope, const base::Context& context);
    net::Request token_request(const std::string& realm, const std::string& scope) const;

    net::Client& client_;
    std::string registry_;
    std::optional<config::RegistryLogin> login_;
    std::string challenge_text_;
    std::optional<AuthChallenge> challenge_;
    std::map<std::string, Token> tokens_;
    /// The scope that the registry asked for, where it isn't the usual one.
    std::map<std::string, std::string> asked_scopes_;
    /// What the last request of a scope went out with, to see whether another try makes sense.
    std::map<std::string, std::string> sent_;
    /// Scopes that got a fresh token after a refusal.
    std::set<std::string> refreshed_;
};

} // namespace imgbuild::oci
