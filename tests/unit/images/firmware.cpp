// SPDX-License-Identifier: Apache-2.0
// Firmware that no module names, and what else could go.
#include "images/firmware.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "images/sizes.hpp"
#include "support/temporary_directory.hpp"
#include "tree/scan.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace imgbuild;
using test::TemporaryDirectory;

namespace {

struct Work {
    base::SilentReporter reporter;
    base::ThreadPool pool = base::ThreadPool(2);
    base::Context context = {reporter, pool, {}};
};

/// An image with one kernel, and firmware of 200,000 bytes a file.
class Scene {
public:
    Scene() { base::make_directories(top_ / "usr/lib/modules/6.1.0/kernel"); }

    void module(const std::string& name, std::string_view content) const {
        base::replace_file(top_ / ("usr/lib/modules/6.1.0/kernel/" + name), content);
    }

    void firmware(const std::string& name) const {
        const std::string path = top_ / ("usr/lib/firmware/" + name);
        base::make_directories(path.substr(0, path.rfind('/')));
        base::replace_file(path, std::string(200'000, 'f'));
    }

    void link(const std::string& name, const std::string& target) const {
        const std::string path = top_ / ("usr/lib/firmware/" + name);
        base::make_directories(path.substr(0, path.rfind('/')));
        REQUIRE(::symlink(target.c_str(), path.c_str()) == 0);
    }

    images::FirmwareUse use() {
        return images::find_unneeded_firmware(root(), inventory(), work_.context);
    }

    std::vector<std::string> unneeded() {
        std::vector<std::string> paths;
        for (const images::UnneededFirmware& one : use().unneeded) {
            paths.push_back(one.path);
        }
        return paths;
    }

    std::vector<images::Saving> savings() {
        return images::possible_savings(root(), inventory(), work_.context);
    }

private:
    root::Root root() const { return root::Root::open(top_.path()); }

    tree::Inventory inventory() {
        return tree::scan(root().fd(), "root", {.with_digests = false}, work_.context);
    }

    TemporaryDirectory top_;
    Work work_;
};

std::string asking_for(const std::string& name) {
    return std::string(
               "\x7f"
               "ELF\0author=x\0",
               14) +
           "firmware=" + name + std::string("\0srcversion=1\0", 14);
}

/// A module that names named/by-xz.bin, by xz(1).
std::string_view compressed_module() {
    static constexpr char bytes[] =
        "\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f"
        "\xe5\xa3"
        "\x01\x00\x35\x7f\x45\x4c\x46\x2e\x2e\x2e\x00\x6c\x69\x63\x65\x6e\x73\x65\x3d\x47\x50\x4c"
        "\x00\x66"
        "\x69\x72\x6d\x77\x61\x72\x65\x3d\x6e\x61\x6d\x65\x64\x2f\x62\x79\x2d\x78\x7a\x2e\x62\x69"
        "\x6e\x00"
        "\x64\x65\x70\x65\x6e\x64\x73\x3d\x00\x00\x00\x00\x29\xf0\x6b\x8e\x56\x20\x29\xf7\x00\x01"
        "\x4e\x36"
        "\x39\x42\xc6\x81\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a";
    return {bytes, sizeof bytes - 1};
}

} // namespace

TEST_CASE("what modules name is found, whatever lies around it") {
    using Names = std::vector<std::string>;
    const std::string two = asking_for("a/b.bin") + asking_for("c-*.ucode");
    CHECK(images::firmware_named_in(two) == Names{"a/b.bin", "c-*.ucode"});
    CHECK(images::firmware_named_in("firmware=cut") == Names{"cut"});
    CHECK(images::firmware_named_in("firmware=") == Names{});
    CHECK(images::firmware_named_in(std::string("firmware=") + std::string(9000, 'x')) == Names{});
    CHECK(images::firmware_named_in("") == Names{});
}

TEST_CASE("firmware that no module names could go: whole directories, and files of others") {
    Scene scene;
    scene.module("net.ko", asking_for("wanted/card.bin"));
    scene.module("wifi.ko.xz", compressed_module());
    scene.module("pattern.ko", asking_for("sets/board*-v?.bin"));
    scene.module("linked.ko", asking_for("alias.bin"));
    scene.module("indirect.ko", asking_for("renamed/x.bin"));
    for (const char* const name :
         {"wanted/card.bin.zst",
          "wanted/other.bin",
          "named/by-xz.bin",
          "named/deeper/never.bin",
          "sets/board-7-v1.bin",
          "sets/board-7-v10.bin",
          "graphics/a.bin",
          "graphics/b/c.bin",
          "real/target.bin",
          "real-directory/x.bin",
          "updates/wanted/card.bin",
          "intel-ucode/06-01"}) {
        scene.firmware(name);
    }
    scene.link("alias.bin", "hop.bin");
    scene.link("hop.bin", "/usr/lib/firmware/real/target.bin");
    scene.link("renamed", "real-directory");
    scene.link("graphics/out.bin", "../../../../../../etc/passwd");
    CHECK(
        scene.unneeded() == std::vector<std::string>{
                                "usr/lib/firmware/graphics",
                                "usr/lib/firmware/named/deeper",
                                "usr/lib/firmware/sets/board-7-v10.bin",
                                "usr/lib/firmware/wanted/other.bin"});
    const auto savings = scene.savings();
    REQUIRE(savings.size() == 1);
    CHECK(savings[0].bytes == 1'000'000);
    CHECK(savings[0].excludes.size() == 4);
}

TEST_CASE("where a module can't be read, or there is none, nothing is said about single files") {
    Scene scene;
    scene.firmware("graphics/a.bin");
    SUBCASE("none") {}
    SUBCASE("damaged") {
        scene.module("net.ko", asking_for("wanted/card.bin"));
        scene.module("wifi.ko.xz", compressed_module().substr(0, 40));
    }
    CHECK_FALSE(scene.use().is_known);
    CHECK(scene.unneeded().empty());
    const auto savings = scene.savings();
    REQUIRE(savings.size() == 1);
    CHECK(savings[0].what == "firmware");
    CHECK(savings[0].excludes == std::vector<std::string>{"usr/lib/firmware"});
}

TEST_CASE("a name with characters of patterns stands for itself in the excludes") {
    Scene scene;
    scene.module("net.ko", asking_for("odd/wanted.bin"));
    scene.firmware("odd/wanted.bin");
    scene.firmware("odd/a*[b].bin");
    const auto savings = scene.savings();
    REQUIRE(savings.size() == 1);
    CHECK(savings[0].excludes == std::vector<std::string>{R"(usr/lib/firmware/odd/a\*\[b].bin)"});
}
