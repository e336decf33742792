// SPDX-License-Identifier: Apache-2.0
#include "net/fault.hpp"

#include <curl/curl.h>
#include <doctest/doctest.h>

#include <cerrno>

using namespace imgbuild;
using net::Fault;
using net::TransferFailure;

namespace {

const net::ClientOptions options;

Fault of_status(const char* line, std::string_view body = {}, bool login_sent = false) {
    net::ResponseHead head;
    head.add_line(line);
    return net::fault_of_status(
        head, body, *net::Url::parse("https://mirror.example/x"), "", login_sent, options, 0);
}

Fault of_code(int code, const char* detail = "", int os_error = 0, long connect_status = 0) {
    return net::fault_of_exchange(
        {code, detail, os_error, connect_status},
        *net::Url::parse("https://mirror.example/x"),
        options);
}

} // namespace

TEST_CASE("passing faults of servers are tried again, others are not") {
    for (const char* const line :
         {"HTTP/1.1 500 x",
          "HTTP/1.1 502 x",
          "HTTP/1.1 503 x",
          "HTTP/1.1 504 x",
          "HTTP/1.1 429 x",
          "HTTP/1.1 408 x"}) {
        CAPTURE(line);
        CHECK(of_status(line).tries == options.tries);
        CHECK(of_status(line).failure == TransferFailure::server_fault);
    }
    for (const char* const line :
         {"HTTP/1.1 400 x",
          "HTTP/1.1 401 x",
          "HTTP/1.1 403 x",
          "HTTP/1.1 404 x",
          "HTTP/1.1 410 x",
          "HTTP/1.1 501 x",
          "HTTP/1.1 204 x"}) {
        CAPTURE(line);
        CHECK(of_status(line).tries == 1);
    }
    CHECK(of_status("HTTP/1.1 404 x").failure == TransferFailure::not_found);
    CHECK(of_status("HTTP/1.1 410 x").failure == TransferFailure::not_found);
    CHECK(of_status("HTTP/1.1 401 x").failure == TransferFailure::unauthorized);
    CHECK(of_status("HTTP/1.1 403 x").failure == TransferFailure::forbidden);
    CHECK(of_status("HTTP/1.1 407 x").failure == TransferFailure::refused);
}

TEST_CASE("an answer in words") {
    CHECK(of_status("HTTP/1.1 404 whatever").cause == "404 Not Found");
    CHECK(of_status("HTTP/1.1 499 Odd One").cause == "499 Odd One");
    CHECK(of_status("HTTP/2 599").cause == "599");
    CHECK(
        of_status("HTTP/2 503", "<html><body>\n<h1>Over quota</h1> try\tlater").cause ==
        "503 Service Unavailable (Over quota try later)");
    CHECK(
        of_status("HTTP/1.1 407 x").cause == "the proxy answers 407 Proxy Authentication Required");
}

TEST_CASE("a login that is missing and one that is wrong get different hints") {
    CHECK(
        of_status("HTTP/1.1 401 x").hint ==
        "add a login for mirror.example to ~/.netrc or /etc/apt/auth.conf");
    CHECK(
        of_status("HTTP/1.1 401 x", "", true).hint ==
        "the login that is known for mirror.example is not accepted");
}

TEST_CASE("an excerpt is short, on one line and printable") {
    CHECK(net::body_excerpt("  a\x1b[31m\n b ") == "a\\x1b[31m b");
    CHECK(net::body_excerpt(std::string(500, 'x')) == std::string(200, 'x') + "…");
    std::string umlauts = "x";
    for (int i = 0; i < 200; ++i) {
        umlauts += "ü";
    }
    CHECK(net::body_excerpt(umlauts) == umlauts.substr(0, 199) + "…");
    CHECK(net::body_excerpt("<html></html>").empty());
}

TEST_CASE("connections that break are tried again") {
    for (const int code :
         {CURLE_PARTIAL_FILE,
          CURLE_GOT_NOTHING,
          CURLE_RECV_ERROR,
          CURLE_SEND_ERROR,
          CURLE_HTTP2_STREAM}) {
        CAPTURE(code);
        CHECK(of_code(code).tries == options.tries);
        CHECK(of_code(code).failure == TransferFailure::unreachable);
    }
    CHECK(of_code(CURLE_OPERATION_TIMEDOUT).failure == TransferFailure::timed_out);
    CHECK(of_code(CURLE_OPERATION_TIMEDOUT).cause == "no connection within 15.0 s");
    const Fault through_proxy = of_code(
        CURLE_COULDNT_CONNECT, "Failed to connect to 10.0.0.1 port 3128 after 0 ms", ECONNREFUSED);
    CHECK(through_proxy.cause == "can't connect to the proxy 10.0.0.1:3128: Connection refused");
    const Fault plain = net::fault_of_exchange(
        {CURLE_COULDNT_CONNECT, "Failed to connect to ::1 port 80 after 0 ms", ECONNREFUSED},
        *net::Url::parse("http://[::1]/x"),
        options);
    CHECK(plain.cause == "can't connect to ::1:80: Connection refused");
    const Fault refused = of_code(CURLE_COULDNT_CONNECT, "", ECONNREFUSED);
    CHECK(refused.cause == "can't connect to mirror.example:443: Connection refused");
    CHECK(refused.tries == options.tries);
}

TEST_CASE("an unknown host is tried once more only") {
    const Fault fault = of_code(CURLE_COULDNT_RESOLVE_HOST);
    CHECK(fault.cause == "the host name mirror.example can't be resolved");
    CHECK(fault.unresolved);
    CHECK(fault.tries == 2);
}

TEST_CASE("what TLS refuses stays refused, a cut handshake does not") {
    const Fault untrusted =
        of_code(CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: self-signed certificate");
    CHECK(untrusted.tries == 1);
    CHECK(untrusted.failure == TransferFailure::refused);
    CHECK(untrusted.cause == "SSL certificate problem: self-signed certificate");
    CHECK(
        untrusted.hint ==
        "if the site has a certificate authority of its own, give its PEM file with --ca-file");
    CHECK(of_code(CURLE_SSL_CONNECT_ERROR, "error: wrong version number").tries == 1);
    CHECK(
        of_code(CURLE_SSL_CONNECT_ERROR, "OpenSSL SSL_connect: SSL_ERROR_SYSCALL").tries ==
        options.tries);
}

TEST_CASE("a proxy that refuses the tunnel") {
    const Fault login = of_code(CURLE_RECV_ERROR, "CONNECT tunnel failed", 0, 407);
    CHECK(login.cause == "the proxy answers 407 Proxy Authentication Required");
    CHECK(login.tries == 1);
    CHECK(login.failure == TransferFailure::refused);
    const Fault forbidden = of_code(CURLE_RECV_ERROR, "CONNECT tunnel failed", 0, 403);
    CHECK(
        forbidden.hint ==
        "the proxy must allow this host and port; hosts to reach without it go into no_proxy");
    CHECK(of_code(CURLE_RECV_ERROR, "CONNECT tunnel failed", 0, 502).tries == options.tries);
}
