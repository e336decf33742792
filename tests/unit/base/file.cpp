// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/remove_tree.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stop_token>

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

namespace {

/// A directory in a directory in a directory …: one name more than a path may have bytes.
void make_deep_tree(const std::string& top, int levels, const std::string& name) {
    REQUIRE(::mkdir(top.c_str(), 0700) == 0);
    UniqueFd current = open_at(AT_FDCWD, top, O_RDONLY | O_DIRECTORY);
    for (int level = 0; level < levels; ++level) {
        REQUIRE(::mkdirat(current.get(), name.c_str(), 0700) == 0);
        const UniqueFd file = open_at(current.get(), "file", O_WRONLY | O_CREAT, 0600);
        current = open_at(current.get(), name, O_RDONLY | O_DIRECTORY);
    }
}

/// While it lives, this process may have only so many files open.
class FewFiles {
public:
    explicit FewFiles(rlim_t most) {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &former_) == 0);
        const rlimit few = {most, former_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    }

    FewFiles(const FewFiles&) = delete;
    FewFiles& operator=(const FewFiles&) = delete;

    ~FewFiles() { ::setrlimit(RLIMIT_NOFILE, &former_); }

private:
    rlimit former_ = {};
};

} // namespace

TEST_CASE("remove_tree removes trees deeper than there are files and stack") {
    const test::TemporaryDirectory directory;
    // 255 bytes a name: every path below the sixteenth level is longer than PATH_MAX.
    make_deep_tree(directory / "deep", 6000, std::string(255, 'd'));
    const FewFiles few(64);
    remove_tree(directory / "deep");
    CHECK(!exists(directory / "deep"));
}

TEST_CASE("remove_tree takes names as they are") {
    const test::TemporaryDirectory directory;
    make_directories(directory / "kept");
    replace_file(directory / "kept/file", "kept");
    for (const std::string name : {"-rf", "a b", "line\nend", "\xff\xfe", "*", "...", "\x1b[2J"}) {
        make_directories(directory / "tree/" + name + "/" + name);
        replace_file(directory / "tree/" + name + "/file", "");
        REQUIRE(::symlink("../../kept", (directory / "tree/" + name + "/link").c_str()) == 0);
        REQUIRE(::symlink("/", (directory / "tree/" + name + "/root").c_str()) == 0);
    }
    REQUIRE(::mkfifo((directory / "tree/fifo").c_str(), 0600) == 0);
    remove_tree(directory / "tree");
    CHECK(!exists(directory / "tree"));
    CHECK(read_file(directory / "kept/file") == "kept");
}

TEST_CASE("remove_tree of something that is no directory") {
    const test::TemporaryDirectory directory;
    replace_file(directory / "file", "kept");
    REQUIRE(::symlink("file", (directory / "link").c_str()) == 0);
    remove_tree(directory / "link");
    CHECK(!exists(directory / "link"));
    CHECK(exists(directory / "file"));
}

TEST_CASE("remove_tree ends at once when that is asked for, and can be called again") {
    const test::TemporaryDirectory directory;
    make_directories(directory / "tree/a/b");
    std::stop_source stop;
    stop.request_stop();
    CHECK_THROWS_AS(remove_tree(directory / "tree", stop.get_token()), Interrupted);
    CHECK(exists(directory / "tree/a/b"));
    remove_tree(directory / "tree");
    CHECK(!exists(directory / "tree"));
}
