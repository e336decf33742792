// SPDX-License-Identifier: Apache-2.0
#include "tree/scan.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <thread>

using namespace imgbuild;
using namespace imgbuild::tree;

namespace {

Inventory scan_here(const std::string& path, const ScanOptions& options = {}) {
    base::SilentReporter reporter;
    base::ThreadPool pool(3);
    const base::Context context{.reporter = reporter, .pool = pool, .stop = {}};
    const base::UniqueFd fd = base::open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY);
    return scan(fd.get(), path, options, context);
}

void write_file(const std::string& path, std::string_view content) {
    base::replace_file(path, content);
}

const Entry& at(const Inventory& inventory, std::string_view path) {
    const Entry* const entry = inventory.find(path);
    REQUIRE_MESSAGE(entry != nullptr, path);
    return *entry;
}

void set_time(const std::string& path, std::int64_t seconds, long nanoseconds) {
    const timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

bool is_root() {
    return ::geteuid() == 0;
}

} // namespace

TEST_CASE("a scan records what stat, readlink and the content say") {
    const test::TemporaryDirectory root;
    base::make_directories(root / "d/e");
    write_file(root / "d/f", "hello");
    write_file(root / "d/empty", "");
    REQUIRE(::link((root / "d/f").c_str(), (root / "d/e/g").c_str()) == 0);
    REQUIRE(::symlink("../nowhere", (root / "l").c_str()) == 0);
    REQUIRE(::mkfifo((root / "fifo").c_str(), 0600) == 0);
    REQUIRE(::chmod((root / "d/f").c_str(), 04711) == 0);
    REQUIRE(::chmod((root / "d/e").c_str(), 01777) == 0);
    set_time(root / "d/f", 1234567890, 987654321);
    set_time(root / "l", -7, 1);
    set_time(root / "d/e", 5, 0);

    const Inventory inventory = scan_here(root.path());
    std::vector<std::string> paths;
    for (const Entry& entry : inventory.entries()) {
        paths.push_back(entry.path);
        CHECK(entry.uid == ::geteuid());
        CHECK(entry.gid == ::getegid());
    }
    CHECK(
        paths == std::vector<std::string>{"", "d", "d/e", "d/e/g", "d/empty", "d/f", "fifo", "l"});
    CHECK(at(inventory, "").type == EntryType::directory);
    CHECK(at(inventory, "").mode == 0700);
    const Entry& file = at(inventory, "d/f");
    CHECK(file.type == EntryType::regular);
    CHECK(file.mode == 04711);
    CHECK(file.size == 5);
    CHECK(file.mtime == Time{1234567890, 987654321});
    CHECK(file.digest == crypto::sha256("hello"));
    CHECK(file.link_group == 1);
    CHECK(at(inventory, "d/e/g").link_group == 1);
    CHECK(at(inventory, "d/empty").digest == crypto::sha256(""));
    CHECK(at(inventory, "d/empty").link_group == 0);
    CHECK(at(inventory, "l").type == EntryType::symlink);
    CHECK(at(inventory, "l").link_target == "../nowhere");
    CHECK(at(inventory, "l").mtime == Time{-7, 1});
    CHECK(at(inventory, "fifo").type == EntryType::fifo);
    CHECK(at(inventory, "fifo").mode == 0600);
    CHECK(at(inventory, "d/e").mode == 01777);
    CHECK(at(inventory, "d/e").mtime == Time{5, 0});
    CHECK(at(inventory, "d/e").size == 0);
}

TEST_CASE("without digests no file is opened") {
    const test::TemporaryDirectory root;
    write_file(root / "f", "hello");
    const Inventory inventory = scan_here(root.path(), {.with_digests = false});
    CHECK_FALSE(at(inventory, "f").digest);
    CHECK(at(inventory, "f").size == 5);
}

TEST_CASE("large files and directories with many files come out whole") {
    const test::TemporaryDirectory root;
    const std::string large(20'000'003, 'x');
    for (int i = 0; i < 3; ++i) {
        write_file(root / ("large" + std::to_string(i)), large);
    }
    for (int i = 0; i < 1000; ++i) {
        const base::UniqueFd fd =
            base::open_at(AT_FDCWD, root / ("small" + std::to_string(i)), O_WRONLY | O_CREAT, 0644);
        base::write_all(fd.get(), std::to_string(i), "small");
    }
    const Inventory inventory = scan_here(root.path());
    REQUIRE(inventory.entries().size() == 1004);
    const crypto::Digest digest = crypto::sha256(large);
    for (int i = 0; i < 3; ++i) {
        CHECK(at(inventory, "large" + std::to_string(i)).digest == digest);
    }
    for (int i = 0; i < 1000; ++i) {
        const std::string text = std::to_string(i);
        REQUIRE(at(inventory, "small" + text).digest == crypto::sha256(text));
    }
}

TEST_CASE("names may hold any byte") {
    const test::TemporaryDirectory root;
    base::make_directories(root / "new\nline");
    write_file(root / "new\nline/\xff\xfe %", "x");
    CHECK(at(scan_here(root.path()), "new\nline/\xff\xfe %").size == 1);
}

TEST_CASE("extended attributes are recorded, but not the host's labels and the overlay's own") {
    const test::TemporaryDirectory root;
    write_file(root / "f", "x");
    const std::string value("a\0b", 3);
    if (::setxattr((root / "f").c_str(), "user.b", value.data(), value.size(), 0) != 0) {
        MESSAGE("the file system of TMPDIR keeps no extended attributes of users");
        return;
    }
    REQUIRE(::setxattr((root / "f").c_str(), "user.a", "", 0, 0) == 0);
    REQUIRE(::setxattr((root / "f").c_str(), "user.overlay.opaque", "y", 1, 0) == 0);
    REQUIRE(::setxattr(root.path().c_str(), "user.root", "r", 1, 0) == 0);
    using Attributes = std::vector<std::pair<std::string, std::string>>;
    for (const bool with_digests : {true, false}) {
        const Inventory inventory = scan_here(root.path(), {.with_digests = with_digests});
        CHECK(at(inventory, "f").xattrs == Attributes{{"user.a", ""}, {"user.b", value}});
        CHECK(at(inventory, "").xattrs == Attributes{{"user.root", "r"}});
    }
}

TEST_CASE(
    "as root: devices, unreadable files and directories, owners" * doctest::skip(!is_root())) {
    const test::TemporaryDirectory root;
    base::make_directories(root / "closed");
    write_file(root / "closed/f", "secret");
    REQUIRE(::chmod((root / "closed/f").c_str(), 0) == 0);
    REQUIRE(::chmod((root / "closed").c_str(), 0) == 0);
    REQUIRE(::mknod((root / "null").c_str(), S_IFCHR | 0666, ::makedev(1, 3)) == 0);
    REQUIRE(::mknod((root / "disk").c_str(), S_IFBLK | 0660, ::makedev(259, 70000)) == 0);
    write_file(root / "owned", "x");
    REQUIRE(::lchown((root / "owned").c_str(), 4000000000U, 65534) == 0);

    const Inventory inventory = scan_here(root.path());
    CHECK(at(inventory, "closed").mode == 0);
    CHECK(at(inventory, "closed/f").mode == 0);
    CHECK(at(inventory, "closed/f").digest == crypto::sha256("secret"));
    CHECK(at(inventory, "null").type == EntryType::char_device);
    CHECK(at(inventory, "null").major == 1);
    CHECK(at(inventory, "null").minor == 3);
    CHECK(at(inventory, "disk").type == EntryType::block_device);
    CHECK(at(inventory, "disk").major == 259);
    CHECK(at(inventory, "disk").minor == 70000);
    CHECK(at(inventory, "owned").uid == 4000000000U);
    CHECK(at(inventory, "owned").gid == 65534);
}

TEST_CASE("what is mounted inside the tree is left out" * doctest::skip(!is_root())) {
    const test::TemporaryDirectory root;
    base::make_directories(root / "m");
    write_file(root / "f", "below");
    bool mounted = false;
    std::vector<std::string> paths;
    std::string error;
    // A thread may leave the mount namespace of the others; its mounts end with it.
    std::thread([&] {
        mounted = ::unshare(CLONE_NEWNS) == 0 &&
                  ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                  ::mount("none", (root / "m").c_str(), "tmpfs", 0, nullptr) == 0;
        if (!mounted) {
            return;
        }
        write_file(root / "m/inside", "x");
        const Inventory inventory = scan_here(root.path());
        for (const Entry& entry : inventory.entries()) {
            paths.push_back(entry.path);
        }
        mounted =
            ::mount((root / "m/inside").c_str(), (root / "f").c_str(), "", MS_BIND, nullptr) == 0;
        try {
            (void)scan_here(root.path());
        } catch (const base::Error& failure) {
            error = failure.what();
        }
    }).join();
    if (!mounted) {
        MESSAGE("this process may not mount");
        return;
    }
    CHECK(paths == std::vector<std::string>{"", "f", "m"});
    CHECK(error == "something is mounted at " + (root / "f"));
}

TEST_CASE("an overlay's upper directory is read as a change" * doctest::skip(!is_root())) {
    const test::TemporaryDirectory root;
    base::make_directories(root / "opaque/kept");
    write_file(root / "opaque/new", "x");
    write_file(root / "opaque/was_directory", "x");
    REQUIRE(::mknod((root / "gone").c_str(), S_IFCHR, ::makedev(0, 0)) == 0);
    if (::setxattr((root / "opaque").c_str(), "trusted.overlay.opaque", "y", 1, 0) != 0) {
        MESSAGE("trusted attributes can't be set here");
        return;
    }
    const auto entry = [](const std::string& path, EntryType type) {
        Entry result;
        result.path = path;
        result.type = type;
        return result;
    };
    const Inventory below(
        {entry("", EntryType::directory),
         entry("gone", EntryType::regular),
         entry("opaque", EntryType::directory),
         entry("opaque/hidden", EntryType::directory),
         entry("opaque/hidden/f", EntryType::regular),
         entry("opaque/kept", EntryType::directory),
         entry("opaque/kept/f", EntryType::regular),
         entry("opaque/was_directory", EntryType::directory),
         entry("opaque/was_directory/f", EntryType::regular),
         entry("other", EntryType::regular)});
    const Inventory change = scan_here(root.path(), {.overlay_upper = true, .below = &below});
    std::vector<std::string> lines;
    for (const Entry& one : change.entries()) {
        lines.push_back((one.type == EntryType::whiteout ? "-" : "+") + one.path);
        CHECK(one.xattrs.empty());
    }
    CHECK(
        lines == std::vector<std::string>{
                     "+",
                     "-gone",
                     "+opaque",
                     "-opaque/hidden",
                     "+opaque/kept",
                     "-opaque/kept/f",
                     "+opaque/new",
                     "+opaque/was_directory"});
    CHECK(at(change, "gone") == entry("gone", EntryType::whiteout));
    CHECK(apply(below, change).find("other") != nullptr);
    CHECK(at(scan_here(root.path()), "gone").type == EntryType::char_device);
}

TEST_CASE("a directory that can't be read is an error that names it" * doctest::skip(is_root())) {
    const test::TemporaryDirectory root;
    base::make_directories(root / "closed");
    REQUIRE(::chmod((root / "closed").c_str(), 0) == 0);
    CHECK_THROWS_WITH(scan_here(root.path()), doctest::Contains("/closed: Permission denied"));
}

TEST_CASE("a request to stop ends the scan") {
    const test::TemporaryDirectory root;
    write_file(root / "f", "x");
    base::SilentReporter reporter;
    base::ThreadPool pool(1);
    std::stop_source stop;
    stop.request_stop();
    const base::Context context{.reporter = reporter, .pool = pool, .stop = stop.get_token()};
    const base::UniqueFd fd = base::open_at(AT_FDCWD, root.path(), O_PATH | O_DIRECTORY);
    CHECK_THROWS_AS(scan(fd.get(), root.path(), {}, context), base::Interrupted);
}

TEST_CASE("what vanishes while sizes are read is left out where the tree may change") {
    const test::TemporaryDirectory root;
    write_file(root / "stays", "12345");
    std::jthread changes([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            for (const char* const name : {"a", "b", "c"}) {
                base::make_directories(root / (std::string(name) + "/below"));
            }
            for (const char* const name : {"a", "b", "c"}) {
                ::rmdir((root / (std::string(name) + "/below")).c_str());
                ::rmdir((root / name).c_str());
            }
        }
    });
    for (int i = 0; i < 300; ++i) {
        const Inventory inventory =
            scan_here(root.path(), {.with_digests = false, .may_change = true});
        CHECK(inventory.content_size() == 5);
    }
}
