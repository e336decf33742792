// SPDX-License-Identifier: Apache-2.0
#include "oci/registry_auth.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "json/fields.hpp"
#include "net/url.hpp"
#include "oci/document_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace imgbuild::oci {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t token_limit = std::size_t{1} << 20U;
constexpr std::chrono::seconds token_time{60};

/// What a token lives at least, whatever its server says: some say nothing, some too little.
constexpr std::chrono::seconds shortest_life{60};
/// A token isn't used in its last moments.
constexpr std::chrono::seconds margin{5};

/// Everything but letters, digits and "-._~" becomes %XX.
std::string encode_value(std::string_view text) {
    std::string encoded = net::percent_encode_path(text);
    for (std::size_t at = encoded.find('/'); at != std::string::npos; at = encoded.find('/', at)) {
        encoded.replace(at, 1, "%2F");
    }
    return encoded;
}

/// Bearer before Basic: who offers both prefers tokens.
std::optional<AuthChallenge> choose(const std::vector<AuthChallenge>& challenges) {
    for (const char* const scheme : {"bearer", "basic"}) {
        const auto found =
            std::find_if(challenges.begin(), challenges.end(), [scheme](const AuthChallenge& one) {
                return one.scheme == scheme;
            });
        if (found != challenges.end()) {
            return *found;
        }
    }
    return std::nullopt;
}

} // namespace

RegistryAuth::RegistryAuth(
    net::Client& client, std::string registry, std::optional<config::RegistryLogin> login)
    : client_(client)
    , registry_(std::move(registry))
    , login_(std::move(login)) {}

std::string RegistryAuth::login_origin() const {
    return login_ ? login_->origin : "";
}

void RegistryAuth::expect(const std::string& challenge) {
    challenge_text_ = challenge;
    challenge_ = choose(parse_challenges(challenge));
}

void RegistryAuth::authorise(
    net::Request& request, const std::string& scope, const base::Context& context) {
    if (!challenge_) {
        return;
    }
    if (challenge_->scheme == "basic") {
        if (login_ && !login_->user.empty()) {
            request.credentials = net::Credentials{login_->user, login_->password};
            sent_[scope] = "basic";
        }
        return;
    }
    const std::string& text = token(scope, context);
    request.headers.push_back("Authorization: Bearer " + text);
    sent_[scope] = text;
}

bool RegistryAuth::learn(const net::TransferError& refusal, const std::string& scope) {
    const auto& headers = refusal.refusal().headers;
    const auto header = headers.find("www-authenticate");
    if (refusal.status() != 401 || header == headers.end()) {
        return false;
    }
    const std::string sent = std::exchange(sent_[scope], "");
    expect(header->second);
    if (!challenge_) {
        return false;
    }
    if (challenge_->scheme == "basic") {
        return sent.empty() && login_ && !login_->user.empty();
    }
    const std::string asked = challenge_->parameter("scope");
    const bool is_new_scope = !asked.empty() && asked != scope && asked_scopes_[scope] != asked;
    if (is_new_scope) {
        asked_scopes_[scope] = asked;
    }
    const auto token = tokens_.find(scope);
    const bool is_stale = token != tokens_.end() && token->second.end <= Clock::now();
    // A token that is refused may have been revoked: one fresh one is worth a try, a second one not.
    const bool is_first = sent.empty() || is_new_scope || is_stale || refreshed_.count(scope) == 0;
    if (!sent.empty()) {
        refreshed_.insert(scope);
    }
    tokens_.erase(scope);
    return is_first;
}

const std::string& RegistryAuth::token(const std::string& scope, const base::Context& context) {
    const auto known = tokens_.find(scope);
    if (known != tokens_.end() && known->second.end > Clock::now()) {
        return known->second.text;
    }
    Token& fresh = tokens_[scope];
    fresh = fetch_token(scope, context);
    return fresh.text;
}

net::Request RegistryAuth::token_request(const std::string& realm, const std::string& scope) const {
    const auto asked = asked_scopes_.find(scope);
    const std::string wanted =
        asked == asked_scopes_.end() || asked->second.empty() ? scope : asked->second;
    net::Request request;
    request.url = realm;
    request.size_limit = token_limit;
    request.time_limit = token_time;
    std::string query = "service=" + encode_value(challenge_->parameter("service")) +
                        "&scope=" + encode_value(wanted);
    if (login_ && !login_->identity_token.empty()) {
        request.method = net::Method::post;
        request.body = "grant_type=refresh_token&client_id=imgbuild&refresh_token=" +
                       encode_value(login_->identity_token) + "&" + query;
        return request;
    }
    if (login_) {
        request.credentials = net::Credentials{login_->user, login_->password};
        query += "&account=" + encode_value(login_->user);
    }
    request.url += (realm.find('?') == std::string::npos ? "?" : "&") + query;
    return request;
}

RegistryAuth::Token
RegistryAuth::fetch_token(const std::string& scope, const base::Context& context) {
    const std::string realm = challenge_->parameter("realm");
    const std::optional<net::Url> url = net::Url::parse(realm);
    const bool is_secure = registry_.starts_with("https://");
    const bool is_web = url && (url->scheme == "https" || (url->scheme == "http" && !is_secure));
    if (!is_web) {
        refuse_document(
            registry_,
            fmt::format(
                "sends for a token to \"{}\", which is not asked", net::without_secrets(realm)));
    }
    const Clock::time_point start = Clock::now();
    const auto [response, text] =
        client_.fetch_text(token_request(realm, scope), token_limit, context);
    const std::string name = net::without_secrets(realm);
    return reading_document([&, &body = text] {
        const json::Value answer = json::parse(body, name);
        Token token;
        for (const char* const key : {"token", "access_token"}) {
            if (token.text.empty()) {
                token.text = json::text_member(answer, key, name);
            }
        }
        const bool is_clean =
            !token.text.empty() && std::all_of(token.text.begin(), token.text.end(), [](char c) {
                return c > ' ' && c < 127;
            });
        if (!is_clean) {
            refuse_document(name, "answers without a token");
        }
        const auto life = json::number_member(answer, "expires_in", name);
        const std::chrono::seconds stated(
            static_cast<std::int64_t>(std::min<std::uint64_t>(life.value_or(0), 86'400)));
        token.end = start + std::max(stated, shortest_life) - margin;
        return token;
    });
}

} // namespace imgbuild::oci
