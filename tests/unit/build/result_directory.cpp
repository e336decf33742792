// SPDX-License-Identifier: Apache-2.0
#include "build/result_directory.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>

using namespace imgbuild;
using build::BuildResult;
using build::ResultDirectory;
using test::TemporaryDirectory;
using Names = std::set<std::string>;

namespace {

const std::string result_file(build::result_file_name);

Names names_in(const std::string& path) {
    Names names;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        names.insert(entry.path().filename());
    }
    return names;
}

/// A result whose files all hold `content`; they are in the staging directory.
BuildResult
stage(ResultDirectory& target, const std::string& content, const std::vector<std::string>& names) {
    BuildResult result;
    result.name = content;
    for (const std::string& name : names) {
        base::replace_file(base::join_path(target.staging(), name), content);
        result.artifacts.push_back({name, "image", content.size(), crypto::sha256(content)});
    }
    return result;
}

void publish(
    const std::string& path, const std::string& content, const std::vector<std::string>& names) {
    ResultDirectory target(path);
    target.publish(stage(target, content, names));
}

bool verifies(const ResultDirectory& target, const BuildResult& result) {
    const TemporaryDirectory place;
    const store::Store store = store::Store::open(place / "store", "host");
    return target.verify(result, store::FileDigests(store));
}

std::uint64_t inode_of(const std::string& path) {
    struct stat status = {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_ino;
}

} // namespace

TEST_SUITE("result_directory") {
    TEST_CASE("a directory that is not there is made, parents too") {
        const TemporaryDirectory place;
        const std::string path = place / "a/b/out";
        {
            ResultDirectory target(path + "//");
            CHECK(target.path() == path);
            CHECK_FALSE(target.current().has_value());
            const BuildResult result = stage(target, "one", {"x.img"});
            CHECK_FALSE(base::exists(path));
            target.publish(result);
        }
        CHECK(names_in(path) == Names{"x.img", result_file});
        CHECK(names_in(place / "a/b") == Names{"out"});
        const ResultDirectory target(path);
        const auto result = target.current();
        REQUIRE(result.has_value());
        CHECK(result->name == "one");
        CHECK(verifies(target, *result));
    }

    TEST_CASE("a former result is exchanged as a whole") {
        const TemporaryDirectory place;
        const std::string path = place / "out";
        publish(path, "one", {"old.img", "same.img"});
        REQUIRE(::chmod(path.c_str(), 02751) == 0);
        const std::uint64_t before = inode_of(path);
        publish(path, "two", {"same.img"});
        CHECK(names_in(path) == Names{"same.img", result_file});
        CHECK(base::read_file(path + "/same.img") == "two");
        CHECK(inode_of(path) != before);
        struct stat status = {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        CHECK((status.st_mode & 07777U) == 02751);
        CHECK(names_in(place.path()) == Names{"out"});
    }

    TEST_CASE("what was not published leaves no trace and no change") {
        const TemporaryDirectory place;
        const std::string path = place / "out";
        publish(path, "one", {"x.img"});
        {
            ResultDirectory target(path);
            stage(target, "two", {"x.img"});
            CHECK(names_in(place.path()).size() == 2);
        }
        CHECK(names_in(place.path()) == Names{"out"});
        CHECK(base::read_file(path + "/x.img") == "one");
    }

    TEST_CASE("in a directory of others only our files are replaced") {
        const TemporaryDirectory place;
        const std::string path = place / "out";
        publish(path, "one", {"old.img", "same.img"});
        base::replace_file(path + "/theirs", "keep");
        const std::uint64_t before = inode_of(path);
        publish(path, "two", {"same.img", "new.img"});
        CHECK(names_in(path) == Names{"new.img", "same.img", "theirs", result_file});
        CHECK(base::read_file(path + "/same.img") == "two");
        CHECK(base::read_file(path + "/theirs") == "keep");
        CHECK(inode_of(path) == before);
        CHECK(names_in(place.path()) == Names{"out"});
        const ResultDirectory target(path);
        CHECK(verifies(target, *target.current()));
    }

    TEST_CASE("an interrupted replacement is completed by whoever comes next") {
        const TemporaryDirectory place;
        const std::string path = place / "out";
        publish(path, "one", {"a.img", "b.img", "gone.img"});
        // As left behind between the first and the second file.
        base::replace_file(path + "/a.img", "two");
        base::replace_file(path + "/.imgbuild.new.b.img", "two");
        base::replace_file(path + "/.imgbuild.new." + result_file, "{}");
        base::replace_file(
            path + "/.imgbuild.journal",
            "put .imgbuild.new.a.img a.img\nput .imgbuild.new.b.img b.img\nput .imgbuild.new." +
                result_file + " " + result_file + "\nremove gone.img\n");
        const ResultDirectory target(path);
        CHECK(names_in(path) == Names{"a.img", "b.img", result_file});
        CHECK(base::read_file(path + "/a.img") == "two");
        CHECK(base::read_file(path + "/b.img") == "two");
        CHECK(base::read_file(base::join_path(path, result_file)) == "{}");
    }

    TEST_CASE("without a journal nothing was promised: the former result stays") {
        const TemporaryDirectory place;
        const std::string path = place / "out";
        publish(path, "one", {"a.img"});
        base::replace_file(path + "/theirs", "keep");
        base::replace_file(path + "/.imgbuild.new.a.img", "two");
        const ResultDirectory target(path);
        CHECK(names_in(path) == Names{"a.img", "theirs", result_file});
        CHECK(base::read_file(path + "/a.img") == "one");
    }

    TEST_CASE("a link to a directory stays a link") {
        const TemporaryDirectory place;
        base::make_directories(place / "real");
        REQUIRE(::symlink("real", (place / "out").c_str()) == 0);
        publish(place / "out", "one", {"x.img"});
        publish(place / "out", "two", {"x.img"});
        CHECK(std::filesystem::is_symlink(place / "out"));
        CHECK(base::read_file(place / "real/x.img") == "two");
        CHECK(names_in(place.path()) == Names{"out", "real"});
    }

    TEST_CASE("staging directories of processes that died are removed, those in use are not") {
        const TemporaryDirectory place;
        const std::string path = place / "out";
        const std::string alive = "out.imgbuild-00112233445566ff";
        const Names theirs = {
            "out.imgbuild-notes",
            "out.imgbuild-00112233445566ff0",
            "outer.imgbuild-0011223344556677"};
        base::make_directories(place / "out.imgbuild-0123456789abcdef/below");
        base::make_directories(place / alive);
        for (const std::string& name : theirs) {
            base::make_directories(place / name);
        }
        const base::UniqueFd lock = base::open_at(AT_FDCWD, place / alive, O_RDONLY | O_DIRECTORY);
        REQUIRE(::flock(lock.get(), LOCK_EX | LOCK_NB) == 0);
        const ResultDirectory target(path);
        Names left = theirs;
        left.insert(alive);
        CHECK(names_in(place.path()) == left);
    }

    TEST_CASE("a journal moves and removes nothing outside of its directory") {
        const TemporaryDirectory place;
        const std::string path = place / "out";
        base::make_directories(path);
        base::replace_file(path + "/from", "x");
        base::replace_file(place / "theirs", "keep");
        base::replace_file(
            path + "/.imgbuild.journal",
            "put from ../stolen\nput ../theirs mine\nremove ../theirs\n");
        const ResultDirectory target(path);
        CHECK(names_in(path) == Names{"from"});
        CHECK(names_in(place.path()) == Names{"out", "theirs"});
    }

    TEST_CASE("whether a result can be put there is known before there is one") {
        const TemporaryDirectory place;
        ResultDirectory(place / "a/out").require_writable();
        CHECK(names_in(place / "a").empty());
        CHECK_THROWS_AS(ResultDirectory("/proc/out").require_writable(), base::SystemError);
    }

    TEST_CASE("a file in the directory's place") {
        const TemporaryDirectory place;
        base::replace_file(place / "out", "x");
        std::string message;
        try {
            const ResultDirectory target(place / "out");
        } catch (const base::UsageError& error) {
            message = error.what();
        }
        CHECK(message == "the target directory " + (place / "out") + " is not a directory");
    }

    TEST_CASE("a result is verified by its bytes") {
        const TemporaryDirectory place;
        const std::string path = place / "out";
        publish(path, "one", {"x.img"});
        const ResultDirectory target(path);
        const BuildResult result = *target.current();
        base::replace_file(path + "/x.img", "two");
        CHECK_FALSE(verifies(target, result));
        base::replace_file(path + "/x.img", "longer");
        CHECK_FALSE(verifies(target, result));
        base::replace_file(path + "/x.img", "one");
        CHECK(verifies(target, result));
        REQUIRE(::rename((path + "/x.img").c_str(), (path + "/y.img").c_str()) == 0);
        CHECK_FALSE(verifies(target, result));
        REQUIRE(::symlink("y.img", (path + "/x.img").c_str()) == 0);
        CHECK_FALSE(verifies(target, result));
    }

    TEST_CASE("a result file that can't be read is no result") {
        const TemporaryDirectory place;
        const std::string path = place / "out";
        base::make_directories(path);
        base::replace_file(base::join_path(path, result_file), "{");
        CHECK_FALSE(ResultDirectory(path).current().has_value());
        publish(path, "one", {"x.img"});
        CHECK(ResultDirectory(path).current().has_value());
    }
}
