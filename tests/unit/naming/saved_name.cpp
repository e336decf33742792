// SPDX-License-Identifier: Apache-2.0
#include "naming/saved_name.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;

namespace {

struct NameFixture {
    test::TemporaryDirectory directory;

    void put(const std::string& name) const {
        const std::string path = directory / name;
        base::make_directories(path.substr(0, path.rfind('/')));
        base::replace_file(path, "");
    }

    naming::Location locate(const std::string& reference) const {
        return naming::parse_location(reference, directory.path());
    }

    /// What an image is called that `reference` names, with a space before its tag.
    std::string name(const std::string& reference) const {
        const auto [repository, tag] = naming::local_name(locate(reference));
        return repository + " " + tag;
    }

    /// Of a file of that name.
    std::string name_of_file(const std::string& file) const {
        put(file);
        return name("oci-archive:" + file);
    }
};

} // namespace

TEST_CASE_FIXTURE(NameFixture, "an image is called as its file, in the way that registries can") {
    CHECK(name_of_file("app+1.tar") == "localhost/app-1 latest");
    CHECK(name_of_file("_x.tar") == "localhost/x latest");
    CHECK(name_of_file("a..b.tar") == "localhost/a-b latest");
    CHECK(name_of_file("My App (1).tar") == "localhost/my-app-1 latest");
    CHECK(name_of_file("x-.tar") == "localhost/x latest");
    CHECK(name_of_file("größe.tar") == "localhost/gr-e latest");
    CHECK(name_of_file("a.b_c__d--e.oci.tar") == "localhost/a.b_c__d--e latest");
    CHECK(name_of_file("a___b.docker.tar") == "localhost/a-b latest");
    for (const char* const ending : {"gz", "xz", "zst", "bz2"}) {
        CHECK(name_of_file(std::string("tool.tar.") + ending) == "localhost/tool latest");
    }
    CHECK(name_of_file("tool:1.2.tar") == "localhost/tool 1.2");
    CHECK(name_of_file("tool:.-1 (a).tar") == "localhost/tool 1-a");
    CHECK(name_of_file("other:+.tar") == "localhost/other latest");
    put("box.tar");
    CHECK(name("oci-archive:box.tar:v2") == "localhost/box v2");
    CHECK(name("docker-archive:box.tar:group/name:v3") == "localhost/box v3");
    CHECK(name("docker-archive:box.tar:@0") == "localhost/box 0");
}

TEST_CASE_FIXTURE(NameFixture, "an image of the farm is called as there") {
    put("containers/_obsrepositories/farm/base:1.0.ociarchive");
    CHECK(name("obsrepositories:/farm/base:1.0") == "localhost/base 1.0");
    CHECK(
        naming::save_path(
            "/srv/",
            naming::ArchiveFormat::oci_archive,
            locate("obsrepositories:/farm/base:1.0")) == "/srv/base_1.0.oci.tar");
}

TEST_CASE_FIXTURE(NameFixture, "a file's name without anything legal") {
    put("日本.tar");
    const std::string message = "oci-archive:日本.tar gives its image no name";
    CHECK_THROWS_WITH_AS(name("oci-archive:日本.tar"), message.c_str(), base::UsageError);
    CHECK_THROWS_WITH_AS(
        naming::save_path(
            "/srv/", naming::ArchiveFormat::oci_archive, locate("oci-archive:日本.tar")),
        message.c_str(),
        base::UsageError);
}
