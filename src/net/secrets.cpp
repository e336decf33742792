// SPDX-License-Identifier: Apache-2.0
#include "net/secrets.hpp"

#include "base/text.hpp"

#include <string_view>

namespace imgbuild::net {

namespace {

void hide(std::string& text, std::string_view secret) {
    constexpr std::string_view stars = "***";
    if (secret.empty()) {
        return;
    }
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + stars.size())) {
        text.replace(at, secret.size(), stars);
    }
}

} // namespace

bool is_credential_header(const std::string& line) {
    const std::string name = base::to_lower(base::trim(line.substr(0, line.find(':'))));
    return name == "authorization" || name == "cookie" || name == "proxy-authorization";
}

std::string hide_secrets(
    std::string text,
    const std::optional<Credentials>& credentials,
    const std::vector<std::string>& headers) {
    if (credentials) {
        hide(text, credentials->password.empty() ? credentials->user : credentials->password);
    }
    for (const std::string& line : headers) {
        if (is_credential_header(line)) {
            const std::vector<std::string_view> words = base::split_words(line);
            hide(text, words.back());
        }
    }
    return text;
}

} // namespace imgbuild::net
