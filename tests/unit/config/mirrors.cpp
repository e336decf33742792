// SPDX-License-Identifier: Apache-2.0
#include "config/mirrors.hpp"

#include "host_directory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::config;
using namespace imgbuild::config::test;

namespace {

constexpr const char* bookworm =
    "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nID=debian\n";

/// "url | public url | origin"
std::string resolved(
    const HostDirectory& directory,
    const std::string& path,
    const std::vector<std::string>& options = {}) {
    const Location location =
        Mirrors::load(directory.host(), options).resolve(path, {"config.xml", 7, 15});
    return directory.shown(location.url + " | " + location.public_url + " | " + location.origin);
}

std::string refused(
    const HostDirectory& directory,
    const std::string& path,
    const std::vector<std::string>& options = {}) {
    return directory.shown(refusal_of([&] { resolved(directory, path, options); }));
}

} // namespace

TEST_CASE("without any configuration the official hosts are used") {
    const HostDirectory directory;
    CHECK(
        resolved(directory, "mirror:debian") ==
        "http://ftp.debian.org/debian | http://ftp.debian.org/debian | built in");
    CHECK(
        resolved(directory, "mirror:debian-security") ==
        "http://security.debian.org/debian-security | http://security.debian.org/debian-security | "
        "built in");
}

TEST_CASE("option, user, system, host and built-in mirrors go before each other in this order") {
    const HostDirectory directory;
    directory.put("etc/os-release", bookworm);
    directory.put(
        "etc/apt/sources.list",
        "deb http://apt/debian bookworm main\ndeb http://apt/sec bookworm-security main\n");
    const std::string official = " | http://ftp.debian.org/debian | ";
    CHECK(
        resolved(directory, "mirror:debian") ==
        "http://apt/debian" + official + "ROOT/etc/apt/sources.list:1");
    CHECK(
        resolved(directory, "mirror:debian-security") ==
        "http://apt/sec | http://security.debian.org/debian-security | "
        "ROOT/etc/apt/sources.list:2");

    directory.put("etc/imgbuild/mirrors.conf", "# site\n\ndebian = http://system/debian/ # ours\n");
    CHECK(
        resolved(directory, "mirror:debian") ==
        "http://system/debian" + official + "ROOT/etc/imgbuild/mirrors.conf:3");

    directory.put("home/.config/imgbuild/mirrors.conf", "debian=http://user/debian");
    CHECK(
        resolved(directory, "mirror:debian") ==
        "http://user/debian" + official + "ROOT/home/.config/imgbuild/mirrors.conf:1");

    CHECK(
        resolved(directory, "mirror:debian", {"debian=http://first/", "debian=/srv/debian"}) ==
        "file:///srv/debian" + official + "--mirror");
}

TEST_CASE("what stands behind the name is below the mirror and below the official URL") {
    const HostDirectory directory;
    CHECK(
        resolved(directory, "mirror:debian/dists", {"debian=http://u:p@host/debian/"}) ==
        "http://u:p@host/debian/dists | http://ftp.debian.org/debian/dists | --mirror");
    CHECK(
        resolved(directory, "mirror:site/x", {"site=https://u:p@host/site"}) ==
        "https://u:p@host/site/x | https://host/site/x | --mirror");
}

TEST_CASE("locations that need no mirror are taken as they are") {
    const HostDirectory directory;
    CHECK(
        resolved(directory, "http://host/debian/") ==
        "http://host/debian | http://host/debian | the description");
    CHECK(
        resolved(directory, "https://u:p@host/d@1") ==
        "https://u:p@host/d@1 | https://host/d@1 | the description");
    CHECK(resolved(directory, "dir:///srv/d") == "file:///srv/d | file:///srv/d | the description");
}

TEST_CASE("only the distribution's own sources of the host count") {
    const HostDirectory directory;
    directory.put("etc/os-release", bookworm);
    directory.put(
        "etc/apt/sources.list",
        "deb http://vendor/linux/debian bookworm stable\n"
        "deb [signed-by=/etc/apt/keyrings/v.gpg] http://vendor/debian bookworm main\n"
        "deb http://other/ubuntu noble main\n"
        "deb cdrom:[Debian]/ bookworm main\n"
        "deb mirror+file:/etc/apt/list bookworm main\n"
        "deb file:/srv/debian stable main\n");
    CHECK(
        resolved(directory, "mirror:debian") ==
        "file:///srv/debian | http://ftp.debian.org/debian | ROOT/etc/apt/sources.list:6");
    CHECK(
        resolved(directory, "mirror:debian-security") ==
        "http://security.debian.org/debian-security | http://security.debian.org/debian-security | "
        "built in");
}

TEST_CASE("another distribution's host says nothing about Debian's mirrors") {
    const HostDirectory directory;
    directory.put("usr/lib/os-release", "ID='ubuntu'\nVERSION_CODENAME=noble\n");
    directory.put("etc/apt/sources.list", "deb http://apt/ubuntu noble main\n");
    CHECK(
        resolved(directory, "mirror:debian") ==
        "http://ftp.debian.org/debian | http://ftp.debian.org/debian | built in");
    CHECK(
        resolved(directory, "mirror:ubuntu") ==
        "http://apt/ubuntu | http://apt/ubuntu | ROOT/etc/apt/sources.list:1");
}

TEST_CASE("unknown mirrors are refused where they are written") {
    const HostDirectory directory;
    CHECK(
        refused(directory, "mirror:debain") == "config.xml:7:15: no mirror is known by the name "
                                               "\"debain\" | did you mean debian?");
    CHECK(
        refused(directory, "mirror:rocky") ==
        "config.xml:7:15: no mirror is known by the name \"rocky\" | name one with --mirror "
        "rocky=URL or in mirrors.conf");
    CHECK(
        refused(directory, "obs://x") ==
        "config.xml:7:15: \"obs://x\" is no place that packages can be fetched from | write a URL "
        "(http, https, ftp, file, dir), an absolute path, or \"mirror:NAME\"");
}

TEST_CASE("mistakes in options and mirrors.conf are named with their place") {
    const HostDirectory directory;
    const std::string form = "this is no mirror | write NAME = URL, such as debian = "
                             "http://host/debian";
    CHECK(refused(directory, "mirror:debian", {"debian"}) == "--mirror: " + form);
    CHECK(refused(directory, "mirror:debian", {"=http://host/"}) == "--mirror: " + form);
    CHECK(
        refused(directory, "mirror:debian", {"debian=relative"}) ==
        "--mirror: \"relative\" is no place that packages can be fetched from | write a URL (http, "
        "https, ftp, file, dir), an absolute path, or \"mirror:NAME\"");
    CHECK(
        refused(directory, "mirror:debian", {"a/b=http://host/"}) ==
        "--mirror: \"a/b\" can't be the name of a mirror");
    CHECK(
        refused(directory, "mirror:debian", {"a=mirror:debian"}) ==
        "--mirror: mirror \"a\" points to another mirror | write its URL");

    directory.put("etc/imgbuild/mirrors.conf", "a = http://a/\n\nb : http://b/\n");
    CHECK(refused(directory, "mirror:a") == "ROOT/etc/imgbuild/mirrors.conf:3: " + form);
    directory.put("etc/imgbuild/mirrors.conf", "a = http://a/\n#\na = http://b/\n");
    CHECK(
        refused(directory, "mirror:a") ==
        "ROOT/etc/imgbuild/mirrors.conf:3: mirror \"a\" is defined twice | it is defined in line 1 "
        "already");
}
