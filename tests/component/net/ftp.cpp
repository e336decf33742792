// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "fixture.hpp"
#include "support/ftp_server.hpp"
#include "support/temporary_directory.hpp"

#include <algorithm>

using namespace imgbuild;
using test::NetFixture;

namespace {

struct FtpFixture : NetFixture {
    test::FtpServer ftp;

    bool was_told(const std::string& command) const {
        const std::vector<std::string> commands = ftp.commands();
        return std::find(commands.begin(), commands.end(), command) != commands.end();
    }
};

} // namespace

TEST_CASE_FIXTURE(FtpFixture, "a document of an FTP server") {
    const std::string body = test::long_body(200'000);
    ftp.put("/debian/a b", body);
    net::Client client(test::quick_options());
    net::StringSink sink;
    const net::Response response = client.fetch({ftp.url("/debian/a%20b")}, sink, context);
    CHECK(sink.text() == body);
    CHECK(response.status == 0);
    CHECK(response.size == body.size());
    CHECK(was_told("USER anonymous"));
}

TEST_CASE_FIXTURE(FtpFixture, "a login from netrc") {
    ftp.put("/a", "mine");
    const test::TemporaryDirectory directory;
    base::replace_file(directory / "netrc", "machine 127.0.0.1 login me password secret\n");
    net::ClientOptions options = test::quick_options();
    options.credential_files = {directory / "netrc"};
    CHECK(get(ftp.url("/a"), options) == "mine");
    CHECK(was_told("USER me"));
    CHECK(was_told("PASS secret"));
}

TEST_CASE_FIXTURE(FtpFixture, "a document that is missing on an FTP server") {
    const net::TransferError error = error_of({ftp.url("/a")});
    CHECK(error.what() == ftp.url("/a") + ": not found");
    CHECK(error.failure() == net::TransferFailure::not_found);
}

TEST_CASE_FIXTURE(FtpFixture, "a transfer that breaks begins anew") {
    const std::string body = test::long_body(200'000);
    ftp.put("/a", body);
    ftp.break_next(70'000);
    CHECK(get(ftp.url("/a")) == body);
}
