// SPDX-License-Identifier: Apache-2.0
#include "store/file_digests.hpp"

#include "base/file.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <thread>

using namespace imgbuild;

namespace {

struct Fixture {
    test::TemporaryDirectory directory;
    store::Store store = store::Store::open(directory / "store", "host");
    store::FileDigests digests{store};
    std::string path = directory / "file";

    base::UniqueFd open() const { return base::open_at(AT_FDCWD, path, O_RDONLY); }

    crypto::Digest digest() const { return digests.of(open().get(), path); }

    std::size_t remembered() const {
        const std::string records = directory / "store/records/file-digest";
        if (!base::exists(records)) {
            return 0;
        }
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(records)) {
            count += entry.is_regular_file() ? 1U : 0U;
        }
        return count;
    }
};

/// Long enough for any file system that keeps fractions of a second.
void let_it_settle() {
    std::this_thread::sleep_for(std::chrono::milliseconds(40));
}

} // namespace

TEST_CASE_FIXTURE(Fixture, "a file is read once, and again when it was touched") {
    base::replace_file(path, "one");
    let_it_settle();
    CHECK(digest() == crypto::sha256("one"));
    CHECK(remembered() == 1);
    CHECK(digest() == crypto::sha256("one"));

    // The same size, and the modification time put back: the change time tells.
    struct stat before = {};
    REQUIRE(::stat(path.c_str(), &before) == 0);
    {
        const base::UniqueFd fd = base::open_at(AT_FDCWD, path, O_WRONLY);
        base::write_all(fd.get(), std::string_view("two"), path);
    }
    const timespec times[] = {before.st_atim, before.st_mtim};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
    CHECK(digest() == crypto::sha256("two"));
}

TEST_CASE_FIXTURE(Fixture, "what was written just now is not believed later") {
    // A machine may stand still between the two for longer than a clock tick, but not each time.
    std::size_t believed = 0;
    constexpr std::size_t attempts = 50;
    for (std::size_t i = 0; i < attempts; ++i) {
        base::replace_file(path, "one");
        digests.remember(open().get(), path, crypto::sha256("a lie"));
        believed += digest() == crypto::sha256("one") ? 0U : 1U;
    }
    CHECK(believed < attempts);
}

TEST_CASE_FIXTURE(Fixture, "the writer's word is taken for a settled file") {
    base::replace_file(path, "one");
    let_it_settle();
    digests.remember(open().get(), path, crypto::sha256("the writer's word"));
    CHECK(digest() == crypto::sha256("the writer's word"));
}
