// SPDX-License-Identifier: Apache-2.0
#include "config/transfer_settings.hpp"

#include "host_directory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::config;
using namespace imgbuild::config::test;

TEST_CASE("credential files that can be read, most personal first") {
    const HostDirectory directory;
    CHECK(transfer_options(directory.host(), {}).credential_files.empty());
    directory.put("etc/apt/auth.conf.d/b.conf", "");
    directory.put("etc/apt/auth.conf.d/a.conf", "");
    directory.put("etc/apt/auth.conf.d/README", "");
    directory.put("etc/apt/auth.conf", "");
    directory.put("home/.config/imgbuild/auth.conf", "");
    directory.put("home/.netrc", "");
    base::make_directories(directory / "etc/apt/auth.conf.d/directory.conf");
    CHECK(
        transfer_options(directory.host(), {}).credential_files ==
        std::vector<std::string>{
            directory / "home/.netrc",
            directory / "home/.config/imgbuild/auth.conf",
            directory / "etc/apt/auth.conf",
            directory / "etc/apt/auth.conf.d/a.conf",
            directory / "etc/apt/auth.conf.d/b.conf"});
    directory.put("other", "");
    CHECK(
        transfer_options(directory.host({{"NETRC", directory / "other"}}), {})
            .credential_files.front() == directory / "other");
}

TEST_CASE("proxy and authorities are those of the options, else the environment decides") {
    const HostDirectory directory;
    directory.put("ca.pem", "");
    const net::ClientOptions plain = transfer_options(directory.host(), {});
    CHECK(plain.proxy.empty());
    CHECK(plain.ca_file.empty());
    const net::ClientOptions wished = transfer_options(
        directory.host(), {.proxy = "http://user:pw@proxy:3128", .ca_file = directory / "ca.pem"});
    CHECK(wished.proxy == "http://user:pw@proxy:3128");
    CHECK(wished.ca_file == directory / "ca.pem");
    CHECK(transfer_options(directory.host(), {.proxy = "proxy:3128"}).proxy == "proxy:3128");
}

TEST_CASE("tries and time-outs are the client's own unless there is a wish") {
    const HostDirectory directory;
    const net::ClientOptions plain = transfer_options(directory.host(), {});
    CHECK(plain.tries == net::ClientOptions().tries);
    CHECK(plain.stall_timeout == net::ClientOptions().stall_timeout);
    const net::ClientOptions wished =
        transfer_options(directory.host(), {.tries = 2, .timeout = 7});
    CHECK(wished.tries == 2);
    CHECK(wished.connect_timeout == std::chrono::seconds(7));
    CHECK(wished.stall_timeout == std::chrono::seconds(7));
}

TEST_CASE("wishes that make no sense are refused") {
    const HostDirectory directory;
    CHECK(
        refusal_of([&] { transfer_options(directory.host(), {.proxy = "gopher://u:p@x"}); }) ==
        "--proxy: \"gopher\" is no kind of proxy | write http://host:port, https://host:port or "
        "socks5h://host:port");
    CHECK(
        refusal_of([&] { transfer_options(directory.host(), {.ca_file = "/nonexistent/ca"}); }) ==
        "--ca-file: /nonexistent/ca is no file that can be read | name a PEM file with the "
        "certificates of the authorities");
}
