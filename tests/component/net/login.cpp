// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "fixture.hpp"
#include "support/temporary_directory.hpp"

#include <fmt/format.h>

using namespace imgbuild;
using test::NetFixture;

namespace {

struct LoginFixture : NetFixture {
    const test::TemporaryDirectory directory;
    net::ClientOptions options = test::quick_options();

    LoginFixture() {
        server.put("/debian/a", "private");
        server.require_login("user", "se cret");
    }

    void write_file(const std::string& name, const std::string& text) {
        base::replace_file(directory / name, text);
        options.credential_files.push_back(directory / name);
    }
};

} // namespace

TEST_CASE_FIXTURE(LoginFixture, "without a login") {
    const net::TransferError error = error_of({server.url("/debian/a")});
    CHECK(error.what() == server.url("/debian/a") + ": 401 Unauthorized (login needed)");
    CHECK(error.hint() == "add a login for 127.0.0.1 to ~/.netrc or /etc/apt/auth.conf");
    CHECK(error.failure() == net::TransferFailure::unauthorized);
    CHECK(server.requests().size() == 1);
}

TEST_CASE_FIXTURE(LoginFixture, "from the request, the URL, netrc and auth.conf") {
    net::Request request{server.url("/debian/a")};
    request.credentials = net::Credentials{"user", "se cret"};
    net::Client client(options);
    CHECK(get(client, request) == "private");
    CHECK(
        get(fmt::format("http://user:se%20cret@127.0.0.1:{}/debian/a", server.port())) ==
        "private");
    SUBCASE("netrc") {
        write_file("netrc", "machine 127.0.0.1 login user password \"se cret\"\n");
    }
    SUBCASE("auth.conf") {
        write_file(
            "auth.conf",
            fmt::format(
                "machine http://127.0.0.1:{}/debian login user password \"se cret\"\n"
                "machine http://127.0.0.1 login other password wrong\n",
                server.port()));
    }
    CHECK(get(server.url("/debian/a"), options) == "private");
    CHECK(server.requests().size() == 3);
}

TEST_CASE_FIXTURE(LoginFixture, "auth.conf without a scheme is not for http") {
    write_file("auth.conf", "machine 127.0.0.1 login user password \"se cret\"\n");
    CHECK(
        error_of({server.url("/debian/a")}, options).failure() ==
        net::TransferFailure::unauthorized);
    CHECK(server.requests().at(0).header("authorization").empty());
}

TEST_CASE_FIXTURE(LoginFixture, "a token in a header is not shown") {
    server.misbehave("/debian/a", {.status = 403, .body = "no right for Bearer abc.def"});
    net::Request request{server.url("/debian/a")};
    request.headers = {"Authorization: Bearer abc.def"};
    CHECK(
        error_of(request).what() ==
        server.url("/debian/a") + ": 403 Forbidden (no right for Bearer ***)");
}

TEST_CASE_FIXTURE(LoginFixture, "a wrong login is not shown, even if the server shows it") {
    server.misbehave("/debian/a", {.status = 401, .body = "user geheim is not known"});
    const net::TransferError error = error_of(
        {fmt::format("http://user:geheim@127.0.0.1:{}/debian/a?token=abc", server.port())});
    CHECK(
        error.what() ==
        server.url("/debian/a?token=***") + ": 401 Unauthorized (user *** is not known)");
    CHECK(error.hint() == "the login that is known for 127.0.0.1 is not accepted");
    CHECK(error.url() == server.url("/debian/a?token=***"));
}
