// SPDX-License-Identifier: Apache-2.0
#include "boot/initrd.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/progress.hpp"
#include "base/thread_pool.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <stop_token>
#include <string>

using namespace imgbuild;
using boot::Initrd;

namespace {

struct Setting {
    base::SilentReporter reporter;
    base::ThreadPool pool{1};
    std::stop_source stop;
    test::TemporaryDirectory directory;
    base::Context context{reporter, pool, stop.get_token()};

    std::string file(const std::string& name, const std::string& content) const {
        const std::string path = directory / name;
        base::replace_file(path, content);
        return path;
    }
};

} // namespace

TEST_CASE("an image alone is taken as it is") {
    const Setting setting;
    const std::string image = setting.file("image", "bytes");
    {
        const Initrd initrd(image, {}, "", setting.context);
        CHECK(initrd.path() == image);
    }
    CHECK(base::exists(image));
}

TEST_CASE("overlays follow the image, each at a multiple of four bytes") {
    const Setting setting;
    const std::string image = setting.file("image", "12345");
    const std::string first = setting.file("first", "abcd");
    const std::string second = setting.file("second", "x");
    std::string path;
    {
        const Initrd initrd(image, {first, second}, "EXTRA", setting.context);
        path = initrd.path();
        CHECK(path != image);
        CHECK(base::read_file(path, 100) == std::string("12345\0\0\0abcdx\0\0\0EXTRA", 21));
    }
    CHECK_FALSE(base::exists(path));
    CHECK(base::exists(image));
    CHECK(base::exists(first));
}

TEST_CASE("a missing overlay is named") {
    const Setting setting;
    const std::string image = setting.file("image", "12345");
    const std::string missing = setting.directory / "missing";
    CHECK_THROWS_WITH_AS(
        Initrd(image, {missing}, "", setting.context),
        ("opening " + missing + ": No such file or directory").c_str(),
        base::Error);
}

TEST_CASE("an interrupted copy leaves as Interrupted") {
    Setting setting;
    const std::string image = setting.file("image", "12345");
    setting.stop.request_stop();
    CHECK_THROWS_AS(Initrd(image, {image}, "", setting.context), base::Interrupted);
}

TEST_CASE("the archive that moves the image to a tmpfs is newc, with an executable init") {
    const std::string archive = boot::tmpfs_overlay();
    CHECK(archive.size() % 4 == 0);
    CHECK(archive.compare(0, 6, "070701") == 0);
    // c_mode, c_namesize, then the name at byte 110.
    CHECK(archive.substr(14, 8) == "000081ED");
    CHECK(archive.substr(94, 8) == "00000005");
    CHECK(archive.compare(110, 5, std::string("init\0", 5)) == 0);
    CHECK(archive.compare(116, 10, "#!/bin/sh\n") == 0);
    const std::size_t trailer = archive.find("TRAILER!!!");
    REQUIRE(trailer != std::string::npos);
    CHECK((trailer - 110) % 4 == 0);
    CHECK(archive.compare(trailer - 110, 6, "070701") == 0);
}
