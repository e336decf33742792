// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/client.hpp"
#include "net/fault.hpp"
#include "net/response_head.hpp"
#include "net/url.hpp"

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace imgbuild::net {

/// What every exchange of a client shares.
struct ExchangeSettings {
    ClientOptions options;
    /// The system's authorities and `options.ca_file` in one; empty: curl's own choice.
    std::string authorities;
};

/// Makes the settings. @throws base::Error if `ca_file` can't be read or isn't PEM.
ExchangeSettings make_exchange_settings(ClientOptions options);

/// Receives an answer as it comes. What it throws ends the exchange and is kept.
class ExchangeHandler {
public:
    ExchangeHandler() = default;
    ExchangeHandler(const ExchangeHandler&) = delete;
    ExchangeHandler& operator=(const ExchangeHandler&) = delete;
    virtual ~ExchangeHandler() = default;

    /// The final status and headers; only http. @returns false to end the exchange.
    virtual bool on_head(const ResponseHead& head) = 0;
    /// @returns false to end the exchange.
    virtual bool on_body(std::span<const std::byte> bytes) = 0;
};

/// One question and one answer: a curl easy handle with all its settings. It never follows redirects
/// and never looks for credentials. `this` is curl's user data, so it stays where it is.
class Exchange {
public:
    struct Question {
        Url url;
        Method method = Method::get;
        std::string body;
        std::chrono::milliseconds time_limit{0};
        std::vector<std::string> headers;
        std::optional<Credentials> credentials;
    };

    Exchange(const ExchangeSettings& settings, const Question& question, ExchangeHandler& handler);
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange();

    /// The CURL handle, for the multi handle that drives it.
    void* handle() const;

    /// What the handler threw.
    std::exception_ptr parked() const;

    /// "ADDRESS:PORT" of the proxy that a question by plain http was put to; "" if there was none. (For
    /// https it only makes a tunnel, and can't answer in the server's name.)
    std::string proxy() const;

    /// Where a redirect leads, as an absolute URL; "" if the answer is none.
    std::string redirect_target() const;

    /// Every byte of head and body that came so far.
    std::uint64_t bytes_seen() const;

    BrokenExchange describe(int code) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace imgbuild::net
