// SPDX-License-Identifier: Apache-2.0
#include "check/kernel.hpp"

#include "unit/check/scene.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using test::Scene;
using Names = std::vector<std::string>;

namespace {

/// "path version modules" of each kernel, best first.
Names kernels_of(const Scene& scene) {
    Names names;
    for (const check::Kernel& kernel : check::find_kernels(scene.inventory())) {
        names.push_back(kernel.path + " " + kernel.version + " " + kernel.modules_version);
    }
    return names;
}

} // namespace

TEST_SUITE("kernel") {
    TEST_CASE("no kernel is none") {
        CHECK(kernels_of(Scene()).empty());
        CHECK_FALSE(check::find_kernel(Scene().inventory()).has_value());
    }

    TEST_CASE("Debian's kernel and its modules, /lib being a link") {
        Scene scene;
        scene.link("lib", "usr/lib").directory("usr/lib/modules/6.1.0-32-cloud-amd64");
        scene.file("boot/vmlinuz-6.1.0-32-cloud-amd64").file("boot/config-6.1.0-32-cloud-amd64");
        CHECK(
            kernels_of(scene) ==
            Names{"boot/vmlinuz-6.1.0-32-cloud-amd64 6.1.0-32 6.1.0-32-cloud-amd64"});
    }

    TEST_CASE(
        "the highest version wins, by its numbers; without a revision it is higher than with one") {
        Scene scene;
        for (const char* const version :
             {"6.1.9-1-a", "6.1.10-1-a", "6.1.10-2-a", "5.99.99-99-a", "6.1.10-a"}) {
            scene.file("boot/vmlinuz-" + std::string(version));
        }
        CHECK(
            kernels_of(scene) == Names{
                                     "boot/vmlinuz-6.1.10-a 6.1.10 ",
                                     "boot/vmlinuz-6.1.10-2-a 6.1.10-2 ",
                                     "boot/vmlinuz-6.1.10-1-a 6.1.10-1 ",
                                     "boot/vmlinuz-6.1.9-1-a 6.1.9-1 ",
                                     "boot/vmlinuz-5.99.99-99-a 5.99.99-99 "});
    }

    TEST_CASE("where Warewulf looks, and what nodes only get by name") {
        Scene scene;
        scene.file("boot/Image-6.4.0-1-default").file("boot/vmlinuz-linux-6.9.1");
        scene.file("boot/vmlinuz-7.0.0-1+debug").file("boot/vmlinuz-0-rescue-7.0.0");
        scene.file("boot/vmlinux-7.0.0").file("boot/deeper/vmlinuz-7.0.0").file("boot/vmlinuz");
        scene.file("boot/vmlinuz-7.0").file("vmlinuz-7.0.0");
        scene.file("lib/modules/6.5.0-3.el9/vmlinuz").file("lib/modules/6.6.0-1/vmlinuz.gz");
        scene.file("lib/modules/7.0.0-1+debug/vmlinuz").file("lib/modules/7.0.0/vmlinux");
        CHECK(
            kernels_of(scene) == Names{
                                     "boot/vmlinuz-linux-6.9.1 6.9.1 ",
                                     "lib/modules/6.6.0-1/vmlinuz.gz 6.6.0-1 6.6.0-1",
                                     "lib/modules/6.5.0-3.el9/vmlinuz 6.5.0-3 6.5.0-3.el9",
                                     "boot/Image-6.4.0-1-default 6.4.0-1 ",
                                     "boot/vmlinuz-7.0  ",
                                     "boot/vmlinuz-0-rescue-7.0.0 7.0.0 7.0.0",
                                     "boot/vmlinuz-7.0.0-1+debug 7.0.0-1 7.0.0-1+debug",
                                     "lib/modules/7.0.0-1+debug/vmlinuz 7.0.0-1 7.0.0-1+debug"});
        REQUIRE(check::find_kernel(scene.inventory()).has_value());
        CHECK(check::find_kernel(scene.inventory())->version == "6.9.1");
    }

    TEST_CASE("only special kernels are none for nodes that don't ask for one") {
        Scene scene;
        scene.file("boot/vmlinuz-6.1.0-1+debug");
        CHECK(check::find_kernels(scene.inventory()).front().is_special);
        CHECK_FALSE(check::find_kernel(scene.inventory()).has_value());
    }

    TEST_CASE("a kernel without a version is served if there is no other") {
        Scene scene;
        scene.file("boot/vmlinuz-linux").directory("lib/modules/extra");
        CHECK(kernels_of(scene) == Names{"boot/vmlinuz-linux  "});
        scene.file("lib/modules/6.9.1-arch1-1/vmlinuz");
        CHECK(check::find_kernel(scene.inventory())->version == "6.9.1");
    }

    TEST_CASE("the version is the last one in the path, without a dot at its end") {
        Scene scene;
        scene.file("boot/vmlinuz-5.14.0-427.37.1.el9_4.x86_64");
        scene.file("boot/vmlinuz-1.2.3-to-5.13.0-1").file("boot/vmlinuz-5.12.0-1..2");
        CHECK(
            kernels_of(scene) == Names{
                                     "boot/vmlinuz-5.14.0-427.37.1.el9_4.x86_64 5.14.0-427.37.1 ",
                                     "boot/vmlinuz-1.2.3-to-5.13.0-1 5.13.0-1 ",
                                     "boot/vmlinuz-5.12.0-1..2  "});
    }

    TEST_CASE("of the same version the one in /boot, named as Warewulf names them") {
        Scene scene;
        scene.link("lib", "usr/lib").file("usr/lib/modules/6.1.0-9-a/vmlinuz");
        scene.file("boot/vmlinuz-6.1.0-9-a").file("boot/vmlinuz-linux-6.1.0-9");
        CHECK(
            kernels_of(scene) == Names{
                                     "boot/vmlinuz-linux-6.1.0-9 6.1.0-9 6.1.0-9-a",
                                     "boot/vmlinuz-6.1.0-9-a 6.1.0-9 6.1.0-9-a",
                                     "lib/modules/6.1.0-9-a/vmlinuz 6.1.0-9 6.1.0-9-a"});
    }

    TEST_CASE("modules of the same version if no directory has the kernel's own name") {
        Scene scene;
        scene.file("boot/vmlinuz-6.1.0-32-amd64");
        scene.directory("lib/modules/6.1.0-31-amd64").directory("lib/modules/6.1.0-32-other");
        CHECK(kernels_of(scene) == Names{"boot/vmlinuz-6.1.0-32-amd64 6.1.0-32 6.1.0-32-other"});
    }

    TEST_CASE("a link is a kernel only if it leads to one") {
        Scene scene;
        scene.link("boot/vmlinuz-6.2.0-1", "../gone").directory("boot/vmlinuz-6.3.0-1");
        scene.link("boot/vmlinuz-6.1.0-1", "/usr/lib/kernel").file("usr/lib/kernel");
        CHECK(kernels_of(scene) == Names{"boot/vmlinuz-6.1.0-1 6.1.0-1 "});
    }
}
