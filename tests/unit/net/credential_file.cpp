// SPDX-License-Identifier: Apache-2.0
#include "net/credential_file.hpp"

#include "base/file.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace imgbuild;
using net::CredentialDialect;
using net::CredentialFile;

namespace {

std::string find(const CredentialFile& file, const char* url, bool allow_default = true) {
    const std::optional<net::Credentials> found = file.find(*net::Url::parse(url), allow_default);
    return found ? found->user + ":" + found->password : "none";
}

std::string apt(const char* text, const char* url) {
    return find(CredentialFile::parse(text, CredentialDialect::apt), url);
}

std::string netrc(const char* text, const char* url) {
    return find(CredentialFile::parse(text, CredentialDialect::netrc), url);
}

} // namespace

TEST_CASE("netrc over several lines, with comments, macros and default") {
    const char* const text = "# mine\n"
                             "machine a.org\n\tlogin me\n\tpassword #secret # not a password\n"
                             "macdef init\nmachine evil.org login x password y\n\n"
                             "machine b.org account z login \"my self\" password \"q\\\"uo te\"\n"
                             "default login anonymous password guest\n";
    CHECK(netrc(text, "http://a.org/x") == "me:#secret");
    CHECK(netrc(text, "ftp://a.org/x") == "me:#secret");
    CHECK(netrc(text, "https://b.org/x") == "my self:q\"uo te");
    CHECK(netrc(text, "https://evil.org/") == "anonymous:guest");
    const CredentialFile file = CredentialFile::parse(text, CredentialDialect::netrc);
    CHECK(find(file, "https://evil.org/", false) == "none");
    CHECK(find(file, "https://a.org/", false) == "me:#secret");
}

TEST_CASE("hosts are compared as a whole and without case") {
    CHECK(netrc("machine Example.ORG login u password p", "https://example.org/") == "u:p");
    CHECK(netrc("machine example.org login u password p", "https://www.example.org/") == "none");
    CHECK(netrc("machine example.org login u password p", "https://example.org.evil/") == "none");
}

TEST_CASE("apt's form: without a scheme for https only") {
    const char* const plain = "machine example.org login u password p";
    CHECK(apt(plain, "https://example.org/debian") == "u:p");
    CHECK(apt(plain, "https://example.org:8443/debian") == "u:p");
    CHECK(apt(plain, "http://example.org/debian") == "none");
    const char* const stated = "machine http://example.org login u password p";
    CHECK(apt(stated, "http://example.org/debian") == "u:p");
    CHECK(apt(stated, "https://example.org/debian") == "none");
}

TEST_CASE("apt's form: port and path, as its manual has them") {
    const char* const url = "https://example.org/debian";
    CHECK(apt("machine example.org/deb login u password p", url) == "u:p");
    CHECK(apt("machine example.org/debian login u password p", url) == "u:p");
    CHECK(apt("machine example.org/deb/ login u password p", url) == "none");
    CHECK(apt("machine example.org/ubuntu login u password p", url) == "none");
    CHECK(apt("machine example.org:443 login u password p", url) == "none");
    CHECK(apt("machine example.org:8443 login u password p", "https://example.org:8443/") == "u:p");
    CHECK(apt("machine example.orga login u password p", url) == "none");
}

TEST_CASE("the longest path wins, then the first entry") {
    const char* const text = "machine h login a password 1\n"
                             "machine h/deb/private login b password 2\n"
                             "machine h/deb login c password 3\n"
                             "machine h login d password 4\n";
    CHECK(apt(text, "https://h/x") == "a:1");
    CHECK(apt(text, "https://h/deb/x") == "c:3");
    CHECK(apt(text, "https://h/deb/private/x") == "b:2");
}

TEST_CASE("a broken file gives what it has") {
    CHECK(netrc("machine", "https://h/") == "none");
    CHECK(netrc("machine h login", "https://h/") == ":");
    CHECK(netrc("login u password p machine h login v", "https://h/") == "v:");
    CHECK(netrc("machine h login u password \"open", "https://h/") == "u:open");
}

TEST_CASE("the dialect goes by the file's name") {
    CHECK(net::credential_dialect("/etc/apt/auth.conf") == CredentialDialect::apt);
    CHECK(net::credential_dialect("/etc/apt/auth.conf.d/site") == CredentialDialect::apt);
    CHECK(net::credential_dialect("/home/u/.netrc") == CredentialDialect::netrc);
}

TEST_CASE("the first file with an entry wins, missing ones are fine") {
    const test::TemporaryDirectory directory;
    base::replace_file(directory / "netrc", "machine a login n password 1");
    base::replace_file(
        directory / "auth.conf", "machine a login x password 2\nmachine b login y password 3");
    const net::CredentialStore store(
        {directory / "missing", directory / "netrc", directory / "auth.conf"});
    CHECK(store.find(*net::Url::parse("https://a/"), true)->user == "n");
    CHECK(store.find(*net::Url::parse("https://b/"), true)->user == "y");
    CHECK_FALSE(store.find(*net::Url::parse("https://c/"), true).has_value());
}
