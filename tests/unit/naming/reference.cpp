// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "naming/location.hpp"
#include "support/error_text.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using naming::Transport;

namespace {

struct LocationFixture {
    test::TemporaryDirectory directory;

    std::string put(const std::string& name) const {
        const std::string path = directory / name;
        base::make_directories(path.substr(0, path.rfind('/')));
        base::replace_file(path, "");
        return path;
    }

    naming::Location parse(const std::string& text) const {
        return naming::parse_location(text, directory.path());
    }

    /// "PATH WANTED", or "?" if only the file could tell.
    std::string expected(const std::string& text) const {
        const auto location =
            naming::expected_location(naming::parse_reference(text), directory.path());
        return location ? location->path + " " + location->wanted : "?";
    }
};

} // namespace

TEST_CASE_FIXTURE(LocationFixture, "schemes lead to transports") {
    CHECK(parse("docker://a.b/c:1").transport == Transport::registry);
    CHECK(parse("debian").name.registry.empty());
    put("x.tar");
    put("a:b.tar");
    CHECK(parse("oci-archive:x.tar").transport == Transport::oci_archive);
    CHECK(parse("docker-archive:x.tar:debian:12").wanted == "debian:12");
    CHECK(parse("oci-archive:a:b.tar").path == directory / "a:b.tar");
    CHECK(parse("oci-archive:a:b.tar:tag").wanted == "tag");
    CHECK(parse("file://" + (directory / "x.tar")).transport == Transport::archive);
    CHECK(test::error_of([this] {
              (void)parse("containers-storage:x");
          }) == "\"containers-storage:x\": imgbuild does not read containers-storage");
    CHECK(test::error_of([this] {
              (void)parse("ftp://a/b");
          }) == "\"ftp://a/b\": imgbuild does not read ftp");
    CHECK(test::error_of([this] {
              (void)parse("oci-archive:missing.tar");
          }) == "oci-archive:missing.tar: there is no file " + (directory / "missing.tar"));
}

TEST_CASE_FIXTURE(LocationFixture, "a build farm's containers are files beside the description") {
    const std::string image = put("containers/_obsrepositories/farm/base:1.0.ociarchive");
    CHECK(parse("obsrepositories:/farm/base:1.0").path == image);
    CHECK(parse("obsrepositories:/farm/base#1.0").path == image);
    CHECK(parse("obs://farm/base:1.0").path == image);
    const std::string older = put("containers/Debian:/12/images/base:latest.tar.gz");
    CHECK(parse("obs://Debian:12/images/base:latest").path == older);
    CHECK(test::error_of([this] {
              (void)parse("obs://other/base");
          }) == "obs://other/base: there is no such container below " + (directory / "containers"));
    CHECK_THROWS_AS((void)parse("obs://../../etc/passwd"), base::UsageError);
}

TEST_CASE_FIXTURE(LocationFixture, "what is not there yet has a name all the same") {
    CHECK(expected("oci-archive:sub/x.tar") == "sub/x.tar ");
    CHECK(expected("file:///srv/a%20b.tar") == "/srv/a b.tar ");
    CHECK(expected("obsrepositories:/farm/base#1.0") == "farm/base:1.0 ");
    CHECK(expected("docker-archive:x.tar:demo:1") == "?");
    const std::string path = put("x.tar");
    CHECK(expected("docker-archive:x.tar:demo:1") == path + " demo:1");
}

TEST_CASE("schemes that nobody reads, and what was meant") {
    const auto refusal = [](const std::string& text) {
        const auto parse = [&text] { (void)naming::parse_reference(text); };
        CHECK_THROWS_AS(parse(), naming::UnknownScheme);
        return test::error_of(parse) + " | " + test::hint_of(parse);
    };
    CHECK(
        refusal("dokcer://h/a") ==
        "\"dokcer://h/a\": imgbuild does not read dokcer | did you mean docker?");
    CHECK(
        refusal("docker-daemon:a") == "\"docker-daemon:a\": imgbuild does not read docker-daemon | "
                                      "copy the image to a registry or into an oci-archive: first");
    const std::string what_there_is = " | images come from docker://, oci:, oci-archive:, "
                                      "docker-archive:, dir: and file://, or by "
                                      "a name such as registry.example/group/name:tag";
    CHECK(
        refusal("docker:/h/a") == "\"docker:/h/a\": imgbuild does not read docker" + what_there_is);
    CHECK(
        refusal("s3://bucket/a") == "\"s3://bucket/a\": imgbuild does not read s3" + what_there_is);
    CHECK(naming::parse_reference("localhost:5000/a").name.registry == "localhost:5000");
    CHECK(
        test::error_of([] { (void)naming::parse_reference("oci:"); }) == "\"oci:\" names no file");
}
