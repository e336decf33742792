// SPDX-License-Identifier: Apache-2.0
#include "naming/image_name.hpp"

#include "support/error_text.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using naming::parse_image_name;
using naming::to_string;

namespace {

const std::string digest = "sha256:" + std::string(64, 'a');

std::string whole(const std::string& text) {
    return to_string(parse_image_name(text));
}

std::string refusal(const std::string& text) {
    return test::error_of([&text] { (void)parse_image_name(text); });
}

} // namespace

TEST_CASE("names are completed as podman completes them behind docker://") {
    CHECK(whole("debian") == "docker.io/library/debian:latest");
    CHECK(whole("debian:12") == "docker.io/library/debian:12");
    CHECK(whole("group/name") == "docker.io/group/name:latest");
    CHECK(whole("docker.io/debian") == "docker.io/library/debian:latest");
    CHECK(whole("index.docker.io/a/b:1") == "docker.io/a/b:1");
    CHECK(whole("localhost/a") == "localhost/a:latest");
    CHECK(whole("registry.example:5000/a/b/c:v1.0-x_y") == "registry.example:5000/a/b/c:v1.0-x_y");
    CHECK(whole("[::1]:5000/a") == "[::1]:5000/a:latest");
    CHECK(whole("localhost:5000/a") == "localhost:5000/a:latest");
}

TEST_CASE("a digest stays, with and without a tag") {
    CHECK(whole("a.b/c@" + digest) == "a.b/c@" + digest);
    CHECK(whole("a.b/c:1@" + digest) == "a.b/c:1@" + digest);
    CHECK(parse_image_name("a.b/c@" + digest).tag.empty());
    CHECK(parse_image_name("a.b/c@" + digest).effective_tag().empty());
}

TEST_CASE("short names stay short") {
    CHECK(naming::parse_short_or_full_name("debian:12").registry.empty());
    CHECK(naming::parse_short_or_full_name("a/b").registry.empty());
    CHECK(naming::parse_short_or_full_name("a.b/c").registry == "a.b");
}

TEST_CASE("what is no name is said so") {
    CHECK(refusal("Debian") == "image \"Debian\": \"Debian\" is no name of a repository");
    CHECK(test::hint_of([] {
              (void)parse_image_name("Debian");
          }) == "names of repositories are written in small letters");
    CHECK(refusal("a b") == "image \"a b\": \"a b\" is no name of a repository");
    CHECK(refusal("a..b/../c").find("is no") != std::string::npos);
    CHECK(refusal("a/../b") == "image \"a/../b\": \"a/../b\" is no name of a repository");
    CHECK(refusal("a:x:y") == "image \"a:x:y\": \"x:y\" is no tag");
    CHECK(refusal("a@sha256:12") == "image \"a@sha256:12\": \"sha256:12\" is no digest");
    CHECK(refusal("") == "image \"\": it names no repository");
    CHECK(refusal("a/") == "image \"a/\": \"a/\" is no name of a repository");
    CHECK(
        refusal("a.b:99999/c") == "image \"a.b:99999/c\": \"a.b:99999\" is no host of a registry");
    CHECK(
        refusal("a.b/" + std::string(300, 'x')).find("longer than 255 characters") !=
        std::string::npos);
    CHECK(refusal(std::string(64, 'a')).find("the id of a local image") != std::string::npos);
    CHECK(refusal("a:" + std::string(129, 'x')).find("is no tag") != std::string::npos);
}
