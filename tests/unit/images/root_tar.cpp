// SPDX-License-Identifier: Apache-2.0
// What an export holds: written here, read back by the reader of imports.
#include "images/root_tar.hpp"

#include "archive/reader.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "images/export.hpp"
#include "root/extract.hpp"
#include "support/temporary_directory.hpp"
#include "support/warning_reporter.hpp"
#include "tree/scan.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>

using namespace imgbuild;
using test::TemporaryDirectory;

namespace {

struct Work {
    test::WarningReporter reporter;
    base::ThreadPool pool = base::ThreadPool(2);
    base::Context context = {reporter, pool, {}};
};

root::Root open_root(const std::string& path) {
    return {base::open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY), "the root"};
}

tree::Inventory look_at(const root::Root& root, const base::Context& context) {
    return tree::scan(root.fd(), root.name(), {}, context);
}

void write_tar(
    const std::string& source, const std::string& archive, const base::Context& context) {
    const root::Root root = open_root(source);
    const base::UniqueFd file =
        base::open_at(AT_FDCWD, archive, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    images::write_root_tar(
        root,
        look_at(root, context),
        [&](std::span<const std::byte> bytes) { base::write_all(file.get(), bytes, archive); },
        context);
}

/// The source and what comes out of an archive of it are the same by their inventories.
void check_round_trip(const TemporaryDirectory& top, const base::Context& context) {
    write_tar(top / "source", top / "root.tar", context);
    base::make_directories(top / "target");
    const root::Root target = open_root(top / "target");
    archive::Reader reader = archive::Reader::open_file(top / "root.tar");
    root::extract(reader, target, {}, context);
    const root::Root source = open_root(top / "source");
    const auto differences =
        tree::describe_differences(look_at(source, context), look_at(target, context));
    CHECK(base::join(differences, "\n") == "");
}

void set_time(const std::string& path, std::int64_t seconds, long nanoseconds) {
    const timespec times[2] = {{0, UTIME_OMIT}, {seconds, nanoseconds}};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

} // namespace

TEST_CASE("an archive has everything of a root" * doctest::skip(::geteuid() != 0)) {
    const TemporaryDirectory top;
    Work work;
    const std::string source = top / "source";
    base::make_directories(source + "/bin");
    base::make_directories(source + "/dev");
    base::make_directories(source + "/etc/empty");
    base::replace_file(source + "/bin/sh", "shell");
    // A new owner takes the setuid bit and capabilities away: whoever unpacks has to know.
    REQUIRE(::chown((source + "/bin/sh").c_str(), 12, 0x7fffffff) == 0);
    REQUIRE(::chmod((source + "/bin/sh").c_str(), 06755) == 0);
    const unsigned char capability[20] = {1, 0, 0, 2, 0, 4};
    REQUIRE(
        ::setxattr(
            (source + "/bin/sh").c_str(),
            "security.capability",
            capability,
            sizeof capability,
            0) == 0);
    REQUIRE(::link((source + "/bin/sh").c_str(), (source + "/bin/dash").c_str()) == 0);
    REQUIRE(::link((source + "/bin/sh").c_str(), (source + "/etc/third").c_str()) == 0);
    base::replace_file(source + "/etc/noted", "");
    const std::string value("a=b\n\0c", 6);
    REQUIRE(
        ::setxattr((source + "/etc/noted").c_str(), "user.note", value.data(), value.size(), 0) ==
        0);
    REQUIRE(::setxattr((source + "/etc").c_str(), "user.of a directory", "x", 1, 0) == 0);
    REQUIRE(::symlink("/etc/passwd", (source + "/etc/link").c_str()) == 0);
    REQUIRE(::symlink(std::string(3000, 'x').c_str(), (source + "/etc/long-link").c_str()) == 0);
    REQUIRE(::link((source + "/etc/link").c_str(), (source + "/etc/link-too").c_str()) == 0);
    REQUIRE(::mkfifo((source + "/dev/fifo").c_str(), 0620) == 0);
    REQUIRE(::mknod((source + "/dev/null").c_str(), S_IFCHR | 0666, ::makedev(1, 3)) == 0);
    REQUIRE(::mknod((source + "/dev/disk").c_str(), S_IFBLK | 0660, ::makedev(259, 70000)) == 0);
    REQUIRE(::chmod((source + "/dev/null").c_str(), 0666) == 0);
    REQUIRE(::lchown((source + "/etc/link").c_str(), 3000000, 4) == 0);
    REQUIRE(::chmod((source + "/etc/empty").c_str(), 01777) == 0);
    set_time(source + "/bin/sh", -5, 0);
    set_time(source + "/etc/link", 1'000'000'000, 1);
    set_time(source + "/etc/empty", 9'000'000'000, 0);
    set_time(source + "/etc", 0, 999'999'999);
    check_round_trip(top, work.context);
    CHECK(work.reporter.warnings().empty());
}

TEST_CASE("names of any length and any bytes come back" * doctest::skip(::geteuid() != 0)) {
    const TemporaryDirectory top;
    Work work;
    const std::string source = top / "source";
    for (const std::size_t length : {99U, 100U, 101U, 155U, 238U}) {
        base::make_directories(source + "/" + std::string(length, 'd'));
        base::replace_file(source + "/" + std::string(length - 1, 'f'), "content");
    }
    std::string deep = source;
    for (int level = 0; level < 12; ++level) {
        deep += "/" + std::string(200, static_cast<char>('a' + level));
    }
    base::make_directories(deep);
    base::replace_file(deep + "/end", "deep");
    REQUIRE(::link((deep + "/end").c_str(), (source + "/other-end").c_str()) == 0);
    for (const char* const name :
         {"with blank", "new\nline", "ü", "latin \xfc", "\xff\xfe", "back\\slash", "-rf"}) {
        base::replace_file(source + "/" + name, name);
    }
    check_round_trip(top, work.context);
}

TEST_CASE("holes are zeros, and sizes have no limit") {
    const TemporaryDirectory top;
    Work work;
    base::make_directories(top / "source");
    base::replace_file(top / "source/sparse", "begin");
    REQUIRE(::truncate((top / "source/sparse").c_str(), 300'000) == 0);
    write_tar(top / "source", top / "root.tar", work.context);
    archive::Reader reader = archive::Reader::open_file(top / "root.tar");
    REQUIRE(reader.next()->entry.type == tree::EntryType::directory);
    const auto entry = reader.next();
    REQUIRE(entry);
    CHECK(entry->entry.path == "sparse");
    CHECK(entry->entry.size == 300'000);
    std::string content(300'001, 'x');
    std::size_t got = 0;
    for (;;) {
        const std::size_t count =
            reader.read(std::as_writable_bytes(std::span(content)).subspan(got));
        if (count == 0) {
            break;
        }
        got += count;
    }
    REQUIRE(got == 300'000);
    CHECK(content.substr(0, got) == "begin" + std::string(299'995, '\0'));

    // 9 GiB don't fit into the header's field. Only the beginning is of interest.
    REQUIRE(::truncate((top / "source/sparse").c_str(), std::int64_t{9} << 30U) == 0);
    const root::Root root = open_root(top / "source");
    const tree::Inventory inventory =
        tree::scan(root.fd(), root.name(), {.with_digests = false}, work.context);
    std::string written;

    struct Enough {};

    CHECK_THROWS_AS(
        images::write_root_tar(
            root,
            inventory,
            [&](std::span<const std::byte> bytes) {
                written.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                if (written.size() > 8192) {
                    throw Enough();
                }
            },
            work.context),
        Enough);
    CHECK(written.find("19 size=9663676416\n") != std::string::npos);
}

TEST_CASE("a fraction of a second before 1970 is written as a decimal number") {
    const TemporaryDirectory top;
    Work work;
    base::make_directories(top / "source");
    set_time(top / "source", -5, 250'000'000);
    write_tar(top / "source", top / "root.tar", work.context);
    CHECK(base::read_file(top / "root.tar").find("22 mtime=-4.750000000\n") != std::string::npos);
}

TEST_CASE("a socket is left out and said") {
    const TemporaryDirectory top;
    Work work;
    base::make_directories(top / "source");
    const base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const std::string path = top / "source/socket";
    REQUIRE(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    write_tar(top / "source", top / "root.tar", work.context);
    CHECK(work.reporter.warnings() == std::vector<std::string>{"/socket is a socket: left out"});
    archive::Reader reader = archive::Reader::open_file(top / "root.tar");
    CHECK(reader.next()->entry.type == tree::EntryType::directory);
    CHECK_FALSE(reader.next());
}

TEST_CASE("a file that changes while it is archived is an error") {
    const TemporaryDirectory top;
    Work work;
    base::make_directories(top / "source");
    base::replace_file(top / "source/file", "long enough");
    const root::Root root = open_root(top / "source");
    const tree::Inventory inventory = look_at(root, work.context);
    base::replace_file(top / "source/file", "short");
    CHECK_THROWS_WITH_AS(
        images::write_root_tar(
            root, inventory, [](std::span<const std::byte>) {}, work.context),
        "/file in the root became shorter while it was read",
        base::Error);
}

TEST_CASE("what an export becomes is said by its scheme or its name") {
    using images::ExportForm;
    const auto form = [](std::string_view text) { return images::parse_export_target(text).form; };
    CHECK(form("a.oci") == ExportForm::oci_archive);
    CHECK(form("a.oci.tar") == ExportForm::oci_archive);
    CHECK(form("a.ociarchive") == ExportForm::oci_archive);
    CHECK(form("oci-archive:a.tar") == ExportForm::oci_archive);
    CHECK(form("a.docker.tar") == ExportForm::docker_archive);
    CHECK(form("docker-archive:a") == ExportForm::docker_archive);
    CHECK(form("a.tar") == ExportForm::tar);
    CHECK(form("a.tgz") == ExportForm::tar_gzip);
    CHECK(form("tar:a.tar.gz") == ExportForm::tar_gzip);
    CHECK(form("tar:a.oci.tar") == ExportForm::tar);
    CHECK(images::parse_export_target("tar:a b").path == "a b");
    for (const char* const bad :
         {"", "a", "a.zip", "tar:", "oci-archive:", "tar:a/", "/tmp", "tar:/tmp"}) {
        CHECK_THROWS_AS(images::parse_export_target(bad), base::UsageError);
    }
}
