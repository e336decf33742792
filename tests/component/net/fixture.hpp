// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "net/client.hpp"
#include "net/string_sink.hpp"
#include "support/http_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace imgbuild::test {

/// Waiting times that suit a test.
inline net::ClientOptions quick_options() {
    net::ClientOptions options;
    options.tries = 3;
    options.retry_delay = std::chrono::milliseconds(1);
    return options;
}

/// A body in which every place is recognisable.
inline std::string long_body(std::size_t size) {
    std::string body;
    for (std::size_t line = 0; body.size() < size; ++line) {
        body += "line " + std::to_string(line) + "\n";
    }
    body.resize(size);
    return body;
}

struct NetFixture {
    HttpServer server;
    base::SilentReporter reporter;
    base::ThreadPool pool{1};
    std::stop_source stop;
    base::Context context{reporter, pool, stop.get_token()};

    std::string get(net::Client& client, const net::Request& request) {
        net::StringSink sink;
        client.fetch(request, sink, context);
        return sink.take();
    }

    std::string get(const std::string& url, const net::ClientOptions& options = quick_options()) {
        net::Client client(options);
        return get(client, {url});
    }

    /// What a transfer that must fail says. Nothing is thrown if it succeeds: the test fails.
    net::TransferError
    error_of(const net::Request& request, const net::ClientOptions& options = quick_options()) {
        net::Client client(options);
        try {
            (void)get(client, request);
        } catch (const net::TransferError& error) {
            return error;
        }
        throw std::logic_error("the transfer must fail");
    }
};

} // namespace imgbuild::test
