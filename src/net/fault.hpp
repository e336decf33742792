// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What went wrong with one try, in words for people, and whether another try may help. Pure.
 */
#pragma once

#include "net/client.hpp"
#include "net/response_head.hpp"
#include "net/url.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace imgbuild::net {

struct Fault {
    TransferFailure failure = TransferFailure::refused;
    /// "404 Not Found", follows the URL.
    std::string cause;
    std::string hint;
    /// How often such a transfer is tried at most; 1: once.
    unsigned tries = 1;
    long status = 0;
    /// The host name is unknown: tried again, yet not worth a try by the whole program later.
    bool unresolved = false;
    std::optional<std::chrono::seconds> retry_after;
};

/// What curl tells about an exchange that broke.
struct BrokenExchange {
    /// A CURLcode.
    int code = 0;
    /// The text of curl's error buffer.
    std::string detail;
    /// errno of the failed connect, 0 if unknown.
    int os_error = 0;
    /// The proxy's answer to CONNECT, 0 if there was none.
    long connect_status = 0;
};

Fault fault_of_exchange(const BrokenExchange& broken, const Url& url, const ClientOptions& options);

/// A status that is no success. @param through_proxy "HOST:PORT" of the proxy that passed the question
/// on, or answered itself; "": there was none. @param body the start of the body; @param now for Retry-After dates;
/// @param login_sent whether a user name went with the request.
Fault fault_of_status(
    const ResponseHead& head,
    std::string_view body,
    const Url& url,
    const std::string& through_proxy,
    bool login_sent,
    const ClientOptions& options,
    std::int64_t now);

Fault fault_of_stall(const ClientOptions& options);

/// The first 200 characters of an error body, on one line, without HTML tags; "" if it says nothing.
std::string body_excerpt(std::string_view body);

} // namespace imgbuild::net
