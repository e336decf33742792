// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "fixture.hpp"
#include "support/certificates.hpp"
#include "support/temporary_directory.hpp"

#include <fmt/format.h>

using namespace imgbuild;
using net::TransferFailure;
using test::NetFixture;

namespace {

struct TlsFixture : NetFixture {
    const test::TemporaryDirectory directory;
    const test::TestAuthority authority;
    net::ClientOptions options = test::quick_options();

    TlsFixture() {
        authority.write_certificate(directory / "ca.pem");
        options.ca_file = directory / "ca.pem";
    }

    test::HttpServer::Tls issue(const std::string& subject = "IP:127.0.0.1", int days = 1) const {
        authority.issue(subject, directory / "server.pem", directory / "server.key", days);
        return {directory / "server.pem", directory / "server.key", {}};
    }
};

} // namespace

TEST_CASE_FIXTURE(TlsFixture, "a server whose authority is known") {
    test::HttpServer secure(issue());
    const std::string body = test::long_body(300'000);
    secure.put("/a", body);
    secure.misbehave("/a", {.after = 100'000}, 1);
    CHECK(get(secure.url("/a"), options) == body);
    CHECK(secure.requests().at(1).header("range") == "bytes=100000-");
}

TEST_CASE_FIXTURE(TlsFixture, "a server whose authority is not known") {
    test::HttpServer secure(issue());
    secure.put("/a", "x");
    options.ca_file.clear();
    const net::TransferError error = error_of({secure.url("/a")}, options);
    CHECK(
        error.what() ==
        secure.url("/a") + ": SSL certificate problem: unable to get local issuer certificate");
    CHECK(
        error.hint() ==
        "if the site has a certificate authority of its own, give its PEM file with --ca-file");
    CHECK(error.failure() == TransferFailure::refused);
    CHECK(error.exit_code() == base::ExitCode::fetch);
    CHECK(secure.requests().empty());
    CHECK(secure.connections() == 1);
}

TEST_CASE_FIXTURE(TlsFixture, "a certificate that has ended, and one of another host") {
    {
        test::HttpServer expired(issue("IP:127.0.0.1", -3));
        CHECK(
            error_of({expired.url("/a")}, options).what() ==
            expired.url("/a") + ": SSL certificate problem: certificate has expired");
    }
    test::HttpServer other(issue("DNS:example.org"));
    CHECK(
        error_of({other.url("/a")}, options).what() ==
        other.url("/a") + ": SSL: no alternative certificate subject name matches target host name "
                          "'127.0.0.1'");
}

TEST_CASE_FIXTURE(TlsFixture, "a server that asks for a certificate") {
    test::HttpServer::Tls tls = issue();
    tls.client_authority_file = directory / "ca.pem";
    test::HttpServer secure(tls);
    secure.put("/a", "for friends");
    const net::TransferError error = error_of({secure.url("/a")}, options);
    CHECK(error.failure() == TransferFailure::refused);
    CHECK(error.hint() == "the server asks for a client certificate: give one with its key");

    authority.issue("DNS:client", directory / "client.pem", directory / "client.key");
    options.client_certificate = directory / "client.pem";
    options.client_key = directory / "client.key";
    CHECK(get(secure.url("/a"), options) == "for friends");

    base::replace_file(directory / "client.key", "no key");
    const net::TransferError bad = error_of({secure.url("/a")}, options);
    CHECK(bad.failure() == TransferFailure::refused);
    CHECK(bad.hint() == "it must be a PEM file, and its key must belong to it");
}

TEST_CASE_FIXTURE(TlsFixture, "https is never left by a redirect") {
    test::HttpServer secure(issue());
    server.put("/b", "plain");
    secure.misbehave("/a", {.status = 302, .headers = {{"Location", server.url("/b")}}});
    const net::TransferError error = error_of({secure.url("/a")}, options);
    CHECK(
        error.what() ==
        fmt::format(
            "{}: redirects to {}, which is not followed", secure.url("/a"), server.url("/b")));
    CHECK(error.hint() == "a server that is asked by https must not send on to http");
    CHECK(server.requests().empty());
    // The other way round is fine.
    secure.put("/c", "safe");
    server.misbehave("/d", {.status = 302, .headers = {{"Location", secure.url("/c")}}});
    CHECK(get(server.url("/d"), options) == "safe");
}

TEST_CASE_FIXTURE(TlsFixture, "auth.conf without a scheme is for https") {
    test::HttpServer secure(issue());
    secure.put("/a", "private");
    secure.require_login("user", "pw");
    base::replace_file(directory / "auth.conf", "machine 127.0.0.1 login user password pw\n");
    options.credential_files = {directory / "auth.conf"};
    CHECK(get(secure.url("/a"), options) == "private");
    CHECK(secure.requests().size() == 1);
}

TEST_CASE_FIXTURE(TlsFixture, "https to a port that speaks http") {
    server.put("/a", "x");
    const net::TransferError error =
        error_of({fmt::format("https://127.0.0.1:{}/a", server.port())}, options);
    CHECK(error.failure() == TransferFailure::refused);
    CHECK(error.hint() == "the server doesn't seem to speak TLS there; is it meant to be http://?");
}

TEST_CASE_FIXTURE(TlsFixture, "a file of authorities that is none") {
    options.ca_file = directory / "missing.pem";
    CHECK_THROWS_WITH_AS(
        net::Client{options},
        ("reading more certificate authorities: opening " + options.ca_file +
         ": No such file or directory")
            .c_str(),
        base::SystemError);
    base::replace_file(directory / "missing.pem", "hello");
    CHECK_THROWS_WITH_AS(
        net::Client{options},
        (options.ca_file + ": has no certificate in PEM form").c_str(),
        base::Error);
}
