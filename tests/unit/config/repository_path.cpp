// SPDX-License-Identifier: Apache-2.0
#include "config/repository_path.hpp"

#include "host_directory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild::config;
using namespace imgbuild::config::test;

namespace {

std::string location_of(const std::string& path) {
    const RepositoryPath parsed = parse_repository_path(path);
    CHECK(parsed.mirror.empty());
    return parsed.location;
}

std::string refusal(const std::string& path) {
    return refusal_of([&] { parse_repository_path(path); });
}

} // namespace

TEST_CASE("URLs and local directories become URLs without a slash at the end") {
    CHECK(location_of("http://host/debian/") == "http://host/debian");
    CHECK(location_of("HTTPS://user:pw@host:8080/d") == "https://user:pw@host:8080/d");
    CHECK(location_of("ftp://host") == "ftp://host");
    CHECK(location_of("file:///srv/d/") == "file:///srv/d");
    CHECK(location_of("file:/srv/d") == "file:///srv/d");
    CHECK(location_of("dir:///srv/d") == "file:///srv/d");
    CHECK(location_of("/srv/d") == "file:///srv/d");
    CHECK(location_of("/") == "file:///");
}

TEST_CASE("mirrors have a name and perhaps a part below") {
    CHECK(parse_repository_path("mirror:debian").mirror == "debian");
    CHECK(parse_repository_path("mirror:debian").location.empty());
    CHECK(parse_repository_path("mirror:debian/a/b/").mirror == "debian");
    CHECK(parse_repository_path("mirror:debian//a/b/").location == "a/b");
}

TEST_CASE("anything else is refused, and no password is shown") {
    const std::string places =
        " is no place that packages can be fetched from | write a URL (http, https, ftp, file, "
        "dir), an absolute path, or \"mirror:NAME\"";
    CHECK(refusal("") == "\"\"" + places);
    CHECK(refusal("http") == "\"http\"" + places);
    CHECK(refusal("relative/path") == "\"relative/path\"" + places);
    CHECK(refusal("this://repo") == "\"this://repo\"" + places);
    CHECK(
        refusal("mirror:a$b") ==
        "\"mirror:a$b\" names no mirror | write \"mirror:NAME\" or \"mirror:NAME/path\", such as "
        "\"mirror:debian\"");
    CHECK(
        refusal("mirror") == "\"mirror\" names no mirror | write \"mirror:NAME\" or "
                             "\"mirror:NAME/path\", such as \"mirror:debian\"");
    CHECK(
        refusal("/srv/a\nb") ==
        "\"/srv/a\\x0ab\" has characters that no URL has | write a blank as %20");
    CHECK(refusal("http:///x") == "\"http:///x\" names no host | write \"http://host/path\"");
    CHECK(refusal("http:host") == "\"http:host\" names no host | write \"http://host/path\"");
    CHECK(
        refusal("dir:x") ==
        "\"dir:x\" is no absolute path | write \"file:///path\" or the path itself");
    CHECK(
        refusal("file://host/x") ==
        "\"file://host/x\" is no absolute path | write \"file:///path\" or the path itself");
    CHECK(
        refusal("http://user:secret@host/a b") ==
        "\"http://host/a b\" has characters that no URL has | write a blank as %20");
    CHECK(
        refusal("http://host/\x1b[2J") ==
        "\"http://host/\\x1b[2J\" has characters that no URL has | write a blank as %20");
}
