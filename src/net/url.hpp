// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace imgbuild::net {

/// The parts of an absolute URL; nothing is decoded. Scheme and host are in lower case.
struct Url {
    std::string scheme;
    std::string user;
    std::string password;
    bool has_user = false;
    /// IPv6 addresses keep their brackets.
    std::string host;
    /// As written; "" if none is.
    std::string port;
    /// Begins with '/', or is empty.
    std::string path;
    /// Begins with '?', or is empty. Fragments are dropped.
    std::string query;

    /// Nothing unless `text` has the form "scheme://…".
    static std::optional<Url> parse(std::string_view text);

    /// The port that is really used; "" for schemes without ports.
    std::string effective_port() const;

    /// "https://host:443": what connections and credentials belong to.
    std::string origin() const;

    /// The whole without user and password.
    std::string without_user() const;
};

/// A URL that can be transferred. @throws TransferError for anything else.
Url require_url(const std::string& text);

/// "%41" → "A". A '%' that two hexadecimal digits don't follow stands for itself.
std::string percent_decode(std::string_view text);

/// Everything but letters, digits and "-._~/" becomes %XX: for putting a path into a URL.
std::string percent_encode_path(std::string_view path);

/// What a progress line calls a transfer: the last part of the path, else the host; printable.
std::string default_title(std::string_view url);

} // namespace imgbuild::net
