// SPDX-License-Identifier: Apache-2.0
#include "images/image_store.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "images/history.hpp"
#include "images/image_lock.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

using namespace imgbuild;
using images::ImageLock;
using images::ImageStore;
using images::LockKind;
using images::LockWait;
using test::TemporaryDirectory;

namespace {

ImageStore store_in(const TemporaryDirectory& top) {
    images::Locations locations;
    locations.chroots = top / "chroots";
    locations.output = top / "images";
    return ImageStore(locations);
}

struct Work {
    base::SilentReporter reporter;
    base::ThreadPool pool = base::ThreadPool(1);
    base::Context context = {reporter, pool, {}};
};

} // namespace

TEST_CASE("names are Warewulf's, and lead nowhere") {
    for (const char* const name : {"a", "rocky-9.4", "x:1_2", "..a"}) {
        CHECK_NOTHROW(ImageStore::check_name(name));
    }
    for (const char* const name : {"", ".", "..", "a/b", "a b", "ä", "a\n", ".imgbuild"}) {
        CHECK_THROWS_AS(ImageStore::check_name(name), base::UsageError);
    }
}

TEST_CASE("images are the directories with a root in them") {
    const TemporaryDirectory top;
    const ImageStore store = store_in(top);
    CHECK(store.names().empty());
    base::make_directories(top / "chroots/b/rootfs");
    base::make_directories(top / "chroots/a/rootfs");
    base::make_directories(top / "chroots/none");
    base::make_directories(top / "chroots/.imgbuild/rootfs");
    base::make_directories(top / "elsewhere");
    base::make_directories(top / "chroots/link");
    REQUIRE(::symlink((top / "elsewhere").c_str(), (top / "chroots/link/rootfs").c_str()) == 0);
    CHECK(store.names() == std::vector<std::string>{"a", "b", "link"});
    CHECK(store.output("a") == top / "images/a.img.gz");
    try {
        store.require("linc");
        FAIL("no error");
    } catch (const base::UsageError& error) {
        CHECK(error.message() == "there is no image linc");
        CHECK(error.hint() == "did you mean link?");
    }
}

TEST_CASE("one writer at a time, readers together") {
    const TemporaryDirectory top;
    const ImageStore store = store_in(top);
    Work work;
    const auto lock = [&](LockKind kind) {
        return ImageLock(store, "a", kind, "exec true", LockWait::fail, work.context);
    };
    {
        const ImageLock writer = lock(LockKind::exclusive);
        try {
            lock(LockKind::shared);
            FAIL("two got it");
        } catch (const base::Error& error) {
            CHECK(error.exit_code() == base::ExitCode::retryable);
            CHECK(
                error.message().find("the image a is in use: exec true (process ") !=
                std::string::npos);
        }
    }
    const ImageLock reader = lock(LockKind::shared);
    const ImageLock another = lock(LockKind::shared);
    CHECK_THROWS_WITH_AS(
        lock(LockKind::exclusive), "the image a is in use: a process that reads it", base::Error);
}

TEST_CASE("history is kept in order, damaged lines are left out") {
    const TemporaryDirectory top;
    images::add_history(top.path(), {.verb = "import", .text = "from /x"});
    const base::UniqueFd file = base::open_at(AT_FDCWD, top / "history", O_WRONLY | O_APPEND);
    base::write_all(file.get(), "{\"time\": \"x\"}\nnonsense\n", "history");
    images::add_history(
        top.path(), {.verb = "exec", .text = "apt-get \xff", .details = {{"status", "0"}}});
    const auto entries = images::read_history(top.path());
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].verb == "import");
    CHECK(entries[0].time > 1600000000);
    CHECK(entries[1].details == std::vector<std::pair<std::string, std::string>>{{"status", "0"}});
}
