// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * A small HTTP/1.1 server on loopback for tests. It serves a directory or documents from memory like a
 * decent server (ETag, Last-Modified, 304, ranges, HEAD, keep-alive) and misbehaves on request.
 */
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::test {

/// What a client asked for.
struct SeenRequest {
    std::string method;
    /// Decoded, without query.
    std::string path;
    /// As it came: "/a%20b?x=1", or a whole URL if the client takes the server for a proxy.
    std::string target;
    /// Names in lower case.
    std::map<std::string, std::string> headers;
    /// Of a POST with Content-Length.
    std::string body;

    /// "" if there is none.
    std::string header(const std::string& lower_case_name) const;
};

/// One way to misbehave. What isn't set stays as it should be.
struct Fault {
    /// Answer with this status and `body` instead of the document.
    int status = 0;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    /// Wait before the answer begins.
    std::chrono::milliseconds delay{0};
    /// Where in the body `ending` happens.
    std::optional<std::size_t> after;
    enum class Ending {
        /// The connection is closed as if all were sent.
        close,
        /// The connection is reset.
        reset,
        /// Nothing more comes until the client gives up.
        stall,
        /// The rest comes byte by byte, ten a second.
        dribble,
    };
    Ending ending = Ending::close;
    /// Content-Length says this.
    std::optional<std::uint64_t> announced_size;
    /// The first byte of the body is another one.
    bool wrong_bytes = false;
    /// A Range header is answered with 200 and the whole.
    bool ignore_range = false;
    /// Content-Range begins that many bytes too late.
    std::uint64_t range_shift = 0;
    bool chunked = false;
    /// Neither ETag nor Last-Modified.
    bool no_validators = false;
    /// No Content-Length; the end of the connection is the end of the body.
    bool no_length = false;
};

class HttpServer {
public:
    static constexpr unsigned always = std::numeric_limits<unsigned>::max();

    /// Certificate and key as PEM files; with them the server speaks https.
    struct Tls {
        std::string certificate_file;
        std::string key_file;
        /// Clients must bring a certificate of this authority; "": none is asked for.
        std::string client_authority_file;
    };

    /// Listens on a free port of 127.0.0.1. @throws base::SystemError
    HttpServer();
    explicit HttpServer(const Tls& tls);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    /// Ends all connections, also stalled ones.
    ~HttpServer();

    std::uint16_t port() const;

    /// "http://127.0.0.1:PORT" + path.
    std::string url(const std::string& path = "") const;

    /// Serves a document from memory; replaces one that was there.
    void put(const std::string& path, std::string body);

    /// Serves the regular files below `directory`; documents put in memory come first.
    void serve_directory(const std::string& directory);

    /// The next `times` requests for `path` ("*": any) meet this fault; faults of one path queue up.
    void misbehave(const std::string& path, Fault fault, unsigned times = always);

    /// Everything needs this login (Basic), else 401.
    void require_login(const std::string& user, const std::string& password);

    /// Requests so far, in the order in which they came.
    std::vector<SeenRequest> requests() const;
    std::size_t count(const std::string& path) const;

    /// TCP connections that were accepted so far.
    std::size_t connections() const;

    /// The largest number of answers that were being sent at the same time.
    std::size_t most_at_once() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace imgbuild::test
