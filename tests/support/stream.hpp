// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/http_server.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace imgbuild::test {

/// A connection's bytes, plain or through TLS.
class Stream {
public:
    Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    virtual ~Stream() = default;

    /// @returns 0 at the end or on any error.
    virtual std::size_t read(char* buffer, std::size_t size) = 0;
    /// @returns false if the client is gone.
    virtual bool write(std::string_view bytes) = 0;
};

/// Makes the streams of accepted sockets.
class StreamMaker {
public:
    StreamMaker() = default;
    StreamMaker(const StreamMaker&) = delete;
    StreamMaker& operator=(const StreamMaker&) = delete;
    virtual ~StreamMaker() = default;

    /// @param fd stays the caller's. @returns nothing if the client doesn't agree.
    virtual std::unique_ptr<Stream> make(int fd) = 0;
};

std::unique_ptr<StreamMaker> plain_streams();

/// @throws base::Error if the files can't be used.
std::unique_ptr<StreamMaker> tls_streams(const HttpServer::Tls& tls);

} // namespace imgbuild::test
