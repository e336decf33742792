// SPDX-License-Identifier: Apache-2.0
#include "net/url.hpp"

#include "net/client.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

using namespace imgbuild;
using net::Url;

TEST_CASE("a URL falls into its parts") {
    const std::optional<Url> url =
        Url::parse("HTTPS://us%40er:p%3aw@Mirror.Example.org:8443/debian/a%20b?x=1&y#part");
    REQUIRE(url.has_value());
    CHECK(url->scheme == "https");
    CHECK(url->has_user);
    CHECK(url->user == "us@er");
    CHECK(url->password == "p:w");
    CHECK(url->host == "mirror.example.org");
    CHECK(url->port == "8443");
    CHECK(url->path == "/debian/a%20b");
    CHECK(url->query == "?x=1&y");
    CHECK(url->origin() == "https://mirror.example.org:8443");
    CHECK(url->without_user() == "https://mirror.example.org:8443/debian/a%20b?x=1&y");
}

TEST_CASE("the origin knows the usual ports") {
    CHECK(Url::parse("http://h/a")->origin() == Url::parse("http://h:80/b")->origin());
    CHECK(Url::parse("https://h")->origin() == "https://h:443");
    CHECK(Url::parse("ftp://h")->origin() == "ftp://h:21");
    CHECK(Url::parse("http://h")->origin() != Url::parse("https://h")->origin());
    CHECK(Url::parse("file:///a/b")->origin() == "file://");
}

TEST_CASE("addresses of IPv6 and passwords with an at sign") {
    const std::optional<Url> address = Url::parse("http://[::1]:8080/x");
    CHECK(address->host == "[::1]");
    CHECK(address->port == "8080");
    const std::optional<Url> at = Url::parse("http://user:p@ss@host/x@y");
    CHECK(at->password == "p@ss");
    CHECK(at->host == "host");
    CHECK(at->path == "/x@y");
}

TEST_CASE("what is no absolute URL is none") {
    CHECK_FALSE(Url::parse("").has_value());
    CHECK_FALSE(Url::parse("/a/b").has_value());
    CHECK_FALSE(Url::parse("host/path").has_value());
    CHECK_FALSE(Url::parse("://host").has_value());
    CHECK_FALSE(Url::parse("ht tp://host").has_value());
    CHECK_FALSE(Url::parse("1http://host").has_value());
}

TEST_CASE("what can't be transferred says why") {
    CHECK(net::require_url("ftp://h/a").host == "h");
    CHECK_THROWS_WITH_AS(
        net::require_url("/just/a/path"), "/just/a/path: this is not a URL", net::TransferError);
    CHECK_THROWS_WITH_AS(
        net::require_url("http://u:p@h/a b"),
        "http://h/a b: this URL has a blank or a control character",
        net::TransferError);
    CHECK_THROWS_AS(net::require_url("http://h/a\r\nX: y"), net::TransferError);
    try {
        (void)net::require_url("gopher://h/x");
        FAIL("must throw");
    } catch (const net::TransferError& error) {
        CHECK(error.what() == std::string("gopher://h/x: the protocol gopher is not supported"));
        CHECK(error.hint() == "http, https, ftp and file can be used");
        CHECK(error.exit_code() == base::ExitCode::fetch);
    }
}

TEST_CASE("percent signs") {
    CHECK(net::percent_decode("a%20b%2Bc%2bd") == "a b+c+d");
    CHECK(net::percent_decode("100%") == "100%");
    CHECK(net::percent_decode("%4") == "%4");
    CHECK(net::percent_decode("%zz%41") == "%zzA");
    CHECK(net::percent_decode("%41") == "A");
    CHECK(net::percent_encode_path("/a b+c/ü~") == "/a%20b%2Bc/%C3%BC~");
    CHECK(net::percent_decode(net::percent_encode_path("/a%20 b")) == "/a%20 b");
}

TEST_CASE("titles") {
    CHECK(net::default_title("http://h/pool/lib%2b%2b_1.deb?token=x") == "lib++_1.deb");
    CHECK(net::default_title("http://h/debian/") == "debian");
    CHECK(net::default_title("http://user:pw@h:80/") == "h");
    CHECK(net::default_title("http://h/a%1bb") == "a\\x1bb");
}

TEST_CASE("no secret is left in a URL for messages") {
    CHECK(net::without_secrets("https://user:pw@h:1/p?a=1") == "https://h:1/p?a=1");
    CHECK(net::without_secrets("https://token@h/p") == "https://h/p");
    CHECK(
        net::without_secrets("https://h/p?service=x&access_token=abc&X-Amz-Expires=5&sig=q") ==
        "https://h/p?service=x&access_token=***&X-Amz-Expires=***&sig=***");
    CHECK(net::without_secrets("https://h/p?" + std::string(65, 'x')) == "https://h/p?***");
    CHECK(net::without_secrets("https://h/p?v=" + std::string(65, 'x')) == "https://h/p?v=***");
    CHECK(net::without_secrets("https://h/p#secret") == "https://h/p");
    CHECK(net::without_secrets("user:pw@h/p") == "h/p");
    CHECK(net::without_secrets("/plain/path") == "/plain/path");
    CHECK(net::without_secrets("http://h/a\nb") == "http://h/a\\x0ab");
}
