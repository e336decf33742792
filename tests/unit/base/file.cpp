// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"

#include "base/error.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

using namespace imgbuild;
using namespace imgbuild::base;

TEST_CASE("a file is replaced whole and keeps no temporary name") {
    const test::TemporaryDirectory directory;
    replace_file(directory / "f", "one");
    replace_file(directory / "f", "two", 0600);
    CHECK(read_file(directory / "f") == "two");
    struct stat status = {};
    REQUIRE(::stat((directory / "f").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0600);
    REQUIRE(::unlink((directory / "f").c_str()) == 0);
    CHECK(::rmdir(directory.path().c_str()) == 0);
}

TEST_CASE("read_file refuses more than its limit") {
    const test::TemporaryDirectory directory;
    replace_file(directory / "f", "12345");
    CHECK(read_file(directory / "f", 5) == "12345");
    CHECK_THROWS_WITH(read_file(directory / "f", 4), doctest::Contains("is larger than 4 bytes"));
}

TEST_CASE("a missing file names itself") {
    CHECK_THROWS_WITH(
        read_file("/nonexistent/x"), "opening /nonexistent/x: No such file or directory");
}

TEST_CASE("make_directories makes parents and refuses a file in the way") {
    const test::TemporaryDirectory directory;
    make_directories(directory / "a/b/c");
    make_directories(directory / "a/b/c");
    CHECK(is_directory(directory / "a/b/c"));
    replace_file(directory / "a/f", "");
    CHECK_THROWS_AS(make_directories(directory / "a/f"), SystemError);
}

TEST_CASE("remove_tree removes closed directories and never follows links") {
    const test::TemporaryDirectory directory;
    make_directories(directory / "keep");
    replace_file(directory / "keep/f", "x");
    make_directories(directory / "tree/closed/inner");
    REQUIRE(::symlink((directory / "keep").c_str(), (directory / "tree/link").c_str()) == 0);
    REQUIRE(::chmod((directory / "tree/closed").c_str(), 0) == 0);
    remove_tree(directory / "tree");
    CHECK_FALSE(exists(directory / "tree"));
    CHECK(exists(directory / "keep/f"));
    remove_tree(directory / "tree");
}

TEST_CASE("free_space looks at the nearest directory that exists") {
    CHECK(free_space("/nonexistent/a/b") > 0);
}

TEST_CASE("paths are joined with one slash") {
    CHECK(join_path("a", "b") == "a/b");
    CHECK(join_path("a//", "b") == "a/b");
    CHECK(join_path("/", "b") == "/b");
    CHECK(join_path("", "b") == "b");
}
