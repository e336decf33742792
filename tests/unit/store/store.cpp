// SPDX-License-Identifier: Apache-2.0
#include "store/store.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
// The helpers below use doctest's macros.
#include "quiet.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>

using namespace imgbuild;
using store::Store;
using test::bytes_of;

namespace {

std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const base::Error& error) {
        return error.what();
    }
    return "no error";
}

std::size_t count_in(const std::string& directory) {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory)) {
        ++count;
    }
    return count;
}

} // namespace

TEST_CASE("a store is private, has a format, and is not made of a foreign directory") {
    const test::TemporaryDirectory directory;
    const Store store = Store::open(directory / "a/b/store", "host");
    CHECK(store.path() == directory / "a/b/store");
    struct stat status = {};
    REQUIRE(::stat(store.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0700);
    CHECK(base::read_file(directory / "a/b/store/format") == "imgbuild store 2\n");

    base::replace_file(directory / "a/b/store/format", "imgbuild store 9\n");
    CHECK(
        message_of([&] { Store::open(directory / "a/b/store", "host"); }) ==
        "the store " + directory / "a/b/store" +
            " has the format \"imgbuild store 9\", this imgbuild knows \"imgbuild store 2\"");
    CHECK(message_of([&] {
              Store::open(directory.path(), "host");
          }) == directory.path() + " is not a store: it holds a");
    base::replace_file(directory / "file", "x");
    CHECK(message_of([&] {
              Store::open(directory / "file", "host");
          }) == directory / "file" + " is not a store: it is no directory");
}

TEST_CASE("a blob appears under its digest, only when it is whole and right") {
    const test::TemporaryDirectory directory;
    const Store store = Store::open(directory / "s", "host");
    const crypto::Digest digest = crypto::sha256("hello world");
    {
        store::BlobWriter dropped = store.new_blob();
        dropped.write(bytes_of("hello"));
        CHECK(count_in(directory / "s/work") == 1);
    }
    CHECK(count_in(directory / "s/work") == 0);
    CHECK(!store.has_blob(digest));

    store::BlobWriter wrong = store.new_blob();
    wrong.write(bytes_of("something else"));
    CHECK_THROWS_AS(wrong.publish(digest, "http://host/file"), base::IntegrityError);
    CHECK(!store.has_blob(digest));

    store::BlobWriter first = store.new_blob();
    store::BlobWriter second = store.new_blob();
    first.write(bytes_of("noise"));
    first.restart();
    first.write(bytes_of("hello "));
    first.write(bytes_of("world"));
    CHECK(first.size() == 11);
    second.write(bytes_of("hello world"));
    CHECK(first.publish(digest, "x") == digest);
    CHECK(second.publish(std::nullopt, "x") == digest);
    CHECK(store.has_blob(digest));
    CHECK(base::read_all(store.open_blob(digest).get(), "blob") == "hello world");
    CHECK(base::read_file(store.blob_path(digest)) == "hello world");

    store.set_blob_aside(digest);
    CHECK(!store.has_blob(digest));
    CHECK(count_in(directory / "s/damaged") == 1);
    CHECK(
        message_of([&] { store.open_blob(digest); }) == "in the store " + store.path() +
                                                            ": opening " + store.blob_path(digest) +
                                                            ": No such file or directory");
}

TEST_CASE("a store without space is named") {
    const test::TemporaryDirectory directory;
    const Store store = Store::open(directory / "s", "host");
    store::BlobWriter blob = store.new_blob();
    // As on a full disk, the write fails in the middle; the signal would end the process.
    const auto previous = std::signal(SIGXFSZ, SIG_IGN);
    rlimit old_limit = {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &old_limit) == 0);
    const rlimit small = {.rlim_cur = 4096, .rlim_max = old_limit.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const std::string text(10000, 'x');
    std::string message;
    int error_number = 0;
    auto code = base::ExitCode::ok;
    try {
        blob.write(bytes_of(text));
    } catch (const base::SystemError& error) {
        message = error.what();
        error_number = error.error_number();
        code = error.exit_code();
    }
    CHECK(message_of([&] {
              store.put_chunk(crypto::sha256("k"), bytes_of(text));
          }).starts_with("in the store " + store.path() + ": writing "));
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &old_limit) == 0);
    std::signal(SIGXFSZ, previous);
    CHECK(message.starts_with("in the store " + store.path() + ": writing "));
    CHECK(error_number == EFBIG);
    CHECK(code == base::ExitCode::system);
    CHECK(!store.find_chunk(crypto::sha256("k")));
    CHECK(count_in(directory / "s/work") == 1); // the blob that is still being written
}

TEST_CASE("records and chunks are kept by key, damaged ones count as missing") {
    const test::TemporaryDirectory directory;
    const Store store = Store::open(directory / "s", "host");
    const store::Key key = crypto::sha256("key");
    CHECK(!store.find_record("resolution", key));
    store.put_record("resolution", key, "{}");
    store.put_record("resolution", key, "{\"a\": 1}");
    CHECK(store.find_record("resolution", key) == "{\"a\": 1}");
    CHECK(!store.find_record("other", key));
    store.put_record("empty", key, "");
    CHECK(store.find_record("empty", key) == "");

    CHECK(!store.find_chunk(key));
    std::string content(100000, 'c');
    content[7] = '\0';
    store.put_chunk(key, bytes_of(content));
    CHECK(store.find_chunk(key) == content);
    test::damage(directory / "s/chunks/" + key.hex(), 5000, "D");
    CHECK(!store.find_chunk(key));
    CHECK(count_in(directory / "s/damaged") == 1);
    store.put_chunk(key, bytes_of(content));
    CHECK(store.find_chunk(key) == content);

    // What a crash leaves of a file that was not synced: nothing, or a part.
    REQUIRE(::truncate((directory / "s/chunks/" + key.hex()).c_str(), 0) == 0);
    CHECK(!store.find_chunk(key));
    REQUIRE(::truncate((directory / "s/records/resolution/" + key.hex()).c_str(), 66) == 0);
    CHECK(!store.find_record("resolution", key));
    CHECK(count_in(directory / "s/damaged") == 3);
    CHECK(count_in(directory / "s/work") == 0);
}

TEST_CASE("expanded files end with their seal, damaged ones count as missing") {
    const test::TemporaryDirectory directory;
    test::Quiet quiet;
    const Store store = Store::open(directory / "s", "host");
    const store::Key key = crypto::sha256("key");
    const auto publish = [&](std::string_view content) {
        store::ExpandedWriter writer = store.new_expanded();
        writer.write(bytes_of(content));
        return store.publish_expanded(key, std::move(writer));
    };
    CHECK_FALSE(store.has_expanded(key));
    CHECK(!store.find_expanded(key, quiet.context));
    const std::string content(300'000, 'c');
    const std::string path = publish(content);
    CHECK(base::read_file(path) == content + "04f767fb858c1e9fccfaec80345eb8b3\n");
    CHECK(store.has_expanded(key));
    CHECK(store.find_expanded(key, quiet.context) == path);
    CHECK(count_in(directory / "s/work") == 0);

    for (const off_t place : {0, 299'999, 300'003}) {
        publish(content);
        test::damage(path, place, "D");
        CHECK(!store.find_expanded(key, quiet.context));
        CHECK_FALSE(store.has_expanded(key));
    }
    // What a crash leaves of a file that was not synced.
    for (const off_t size : {off_t{0}, off_t{32}, off_t{33}, off_t{200'000}}) {
        publish(content);
        REQUIRE(::truncate(path.c_str(), size) == 0);
        CHECK(!store.find_expanded(key, quiet.context));
    }
    CHECK(count_in(directory / "s/damaged") == 7);
    publish("");
    CHECK(store.find_expanded(key, quiet.context) == path);
}

TEST_CASE("work directories vanish with their maker, living ones stay") {
    const test::TemporaryDirectory directory;
    const Store store = Store::open(directory / "s", "host");
    {
        const store::WorkDirectory gone = store.make_work_directory();
        base::replace_file(gone.path() + "/file", "x");
    }
    CHECK(count_in(directory / "s/work") == 0);

    store::WorkDirectory living = store.make_work_directory();
    base::replace_file(living.path() + "/file", "x");
    // A killed process: its lock goes with it, a directory nobody may look into stays.
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const store::WorkDirectory work = store.make_work_directory();
        store::BlobWriter blob = store.new_blob();
        blob.write(bytes_of("part"));
        base::make_directories(work.path() + "/a/b");
        base::replace_file(work.path() + "/a/b/file", "x");
        ::chmod((work.path() + "/a/b").c_str(), 0);
        ::chmod((work.path() + "/a").c_str(), 0);
        ::raise(SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    CHECK(count_in(directory / "s/work") == 5);
    const Store again = Store::open(directory / "s", "host");
    CHECK(count_in(directory / "s/work") == 2);
    CHECK(base::read_file(living.path() + "/file") == "x");

    store::WorkDirectory other = store.make_work_directory();
    const std::string living_path = living.path();
    living = std::move(other);
    CHECK(!base::exists(living_path));
    CHECK(base::is_directory(living.path()));
    CHECK(count_in(directory / "s/work") == 2);
}
