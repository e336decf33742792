// SPDX-License-Identifier: Apache-2.0
#include "net/url.hpp"

#include "base/text.hpp"
#include "net/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace imgbuild::net {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int hex_value(char c) {
    if (is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/// Cuts `text` at the first of `separators`; returns the rest beginning with the separator.
std::string_view cut_at(std::string_view& text, std::string_view separators) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    const std::string_view rest = text.substr(end);
    text = text.substr(0, end);
    return rest;
}

bool is_secret_name(std::string_view name) {
    constexpr std::array<std::string_view, 14> telling = {
        "token",
        "sig",
        "secret",
        "pass",
        "pwd",
        "key",
        "auth",
        "cred",
        "session",
        "hmac",
        "policy",
        "jwt",
        "x-amz-",
        "x-goog-"};
    const std::string lower = base::to_lower(name);
    return std::any_of(telling.begin(), telling.end(), [&lower](std::string_view word) {
        return lower.find(word) != std::string::npos;
    });
}

/// Parameters keep their names, so that a reader recognises the request.
std::string query_without_secrets(std::string_view query) {
    constexpr std::size_t longest_plain = 64;
    if (query.empty()) {
        return {};
    }
    std::vector<std::string> parameters;
    for (const std::string_view parameter : base::split(query.substr(1), '&')) {
        std::string_view name = parameter;
        const std::string_view value = cut_at(name, "=");
        if (name.size() > longest_plain) {
            parameters.emplace_back("***");
        } else if (!value.empty() && (is_secret_name(name) || value.size() > longest_plain)) {
            parameters.push_back(std::string(name) + "=***");
        } else {
            parameters.emplace_back(parameter);
        }
    }
    return "?" + base::join(parameters, "&");
}

} // namespace

std::optional<Url> Url::parse(std::string_view text) {
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos || colon == 0 || !is_letter(text.front())) {
        return std::nullopt;
    }
    Url url;
    url.scheme = base::to_lower(text.substr(0, colon));
    const bool good_scheme = std::all_of(url.scheme.begin(), url.scheme.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
    if (!good_scheme) {
        return std::nullopt;
    }
    std::string_view authority = text.substr(colon + 3);
    std::string_view path = cut_at(authority, "/?#");
    cut_at(path, "#");
    url.query = cut_at(path, "?");
    url.path = path;

    // The last '@' counts: people write passwords with a plain '@'.
    const std::size_t at = authority.rfind('@');
    if (at != std::string_view::npos) {
        std::string_view user = authority.substr(0, at);
        const std::string_view password = cut_at(user, ":");
        url.user = percent_decode(user);
        url.password = percent_decode(password.substr(password.empty() ? 0 : 1));
        url.has_user = true;
        authority.remove_prefix(at + 1);
    }
    const std::size_t bracket = authority.find(']');
    const std::size_t port = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (port != std::string_view::npos) {
        url.port = authority.substr(port + 1);
        authority = authority.substr(0, port);
    }
    url.host = base::to_lower(authority);
    return url;
}

std::string Url::effective_port() const {
    if (!port.empty()) {
        return port;
    }
    if (scheme == "http") {
        return "80";
    }
    if (scheme == "https") {
        return "443";
    }
    return scheme == "ftp" ? "21" : "";
}

std::string Url::origin() const {
    const std::string number = effective_port();
    return scheme + "://" + host + (number.empty() ? "" : ":" + number);
}

std::string Url::without_user() const {
    return scheme + "://" + host + (port.empty() ? "" : ":" + port) + path + query;
}

Url require_url(const std::string& text) {
    const std::optional<Url> url = Url::parse(text);
    if (!url) {
        throw TransferError(TransferFailure::refused, text, 0, "this is not a URL");
    }
    constexpr std::array<std::string_view, 4> known = {"http", "https", "ftp", "file"};
    if (std::find(known.begin(), known.end(), url->scheme) == known.end()) {
        TransferError error(
            TransferFailure::refused,
            text,
            0,
            fmt::format("the protocol {} is not supported", url->scheme));
        error.set_hint("http, https, ftp and file can be used");
        throw error;
    }
    const bool is_clean = std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    });
    if (!is_clean) {
        TransferError error(
            TransferFailure::refused, text, 0, "this URL has a blank or a control character");
        error.set_hint("write a blank as %20");
        throw error;
    }
    return *url;
}

std::string percent_decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = i + 2 < text.size() && text[i] == '%' ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            decoded += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

std::string percent_encode_path(std::string_view path) {
    constexpr std::string_view plain = "-._~/";
    std::string encoded;
    for (const char c : path) {
        if (is_letter(c) || is_digit(c) || plain.find(c) != std::string_view::npos) {
            encoded += c;
        } else {
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return encoded;
}

std::string default_title(std::string_view url) {
    const std::optional<Url> parsed = Url::parse(url);
    if (!parsed) {
        return base::printable(without_secrets(url));
    }
    std::string_view path = parsed->path;
    while (!path.empty() && path.back() == '/') {
        path.remove_suffix(1);
    }
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return base::printable(name.empty() ? parsed->host : percent_decode(name));
}

std::string without_secrets(std::string_view url) {
    const std::optional<Url> parsed = Url::parse(url);
    if (parsed) {
        Url clean = *parsed;
        clean.query = query_without_secrets(clean.query);
        return base::printable(clean.without_user());
    }
    // Not a URL, yet it may hold what should have been one: "user:password@host/path".
    std::string_view authority = url;
    const std::string_view rest = cut_at(authority, "/?#");
    const std::size_t at = authority.rfind('@');
    return base::printable(
        std::string(at == std::string_view::npos ? authority : authority.substr(at + 1)) +
        std::string(rest.substr(0, rest.find_first_of("?#"))));
}

} // namespace imgbuild::net
