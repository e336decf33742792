// SPDX-License-Identifier: Apache-2.0
#include "check/bootability.hpp"

#include "unit/check/scene.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using base::Severity;
using test::Scene;
using Names = std::vector<std::string>;

namespace {

/// A node that nothing is wrong with.
Scene sound_node() {
    Scene scene;
    for (const char* const name : {"bin", "lib", "sbin"}) {
        scene.link(name, "usr/" + std::string(name));
    }
    scene.file("boot/vmlinuz-6.1.0-32-amd64").directory("usr/lib/modules/6.1.0-32-amd64");
    scene.file("usr/lib/systemd/systemd", 0755).file("usr/lib/systemd/systemd-udevd", 0755);
    scene.file("usr/lib/systemd/systemd-networkd", 0755);
    scene.link("usr/sbin/init", "/lib/systemd/systemd").link("usr/bin/sh", "dash");
    for (const char* const name :
         {"dash",
          "mountpoint",
          "mount",
          "sed",
          "chmod",
          "ls",
          "tar",
          "cpio",
          "gzip",
          "dbus-daemon"}) {
        scene.file("usr/bin/" + std::string(name), 0755);
    }
    for (const char* const name : {"ip", "switch_root", "modprobe", "sshd"}) {
        scene.file("usr/sbin/" + std::string(name), 0755);
    }
    scene.file("etc/machine-id", 0444, 0);
    return scene;
}

std::vector<check::Finding>
findings_of(const Scene& scene, const std::string& excluded = {}, bool restored = false) {
    const tree::Inventory inventory = scene.inventory();
    return check::check_bootability(
        {.inventory = inventory,
         .is_excluded =
             [&excluded](std::string_view path) {
                 return path == excluded || (!excluded.empty() && tree::is_below(path, excluded));
             },
         .capabilities_restored = restored});
}

/// "error code" or "warning code" of each finding.
Names codes_of(const std::vector<check::Finding>& findings) {
    Names codes;
    for (const check::Finding& finding : findings) {
        codes.push_back(
            (finding.severity == Severity::error ? "error " : "warning ") + finding.code);
        CHECK_FALSE(finding.message.empty());
        CHECK_FALSE(finding.hint.empty());
    }
    return codes;
}

Names codes_of(const Scene& scene) {
    return codes_of(findings_of(scene));
}

} // namespace

TEST_SUITE("bootability") {
    TEST_CASE("a sound node") {
        CHECK(codes_of(sound_node()) == Names{});
    }

    TEST_CASE("an empty root lacks everything") {
        CHECK(
            codes_of(Scene()) == Names{
                                     "error no-kernel",
                                     "error no-init",
                                     "error no-shell",
                                     "warning missing-programs",
                                     "warning missing-tmpfs-programs",
                                     "warning missing-agent-programs",
                                     "warning no-udev",
                                     "warning no-kmod",
                                     "warning no-dbus",
                                     "warning no-network",
                                     "warning no-sshd"});
    }

    TEST_CASE("the kernel and its modules") {
        Scene scene = sound_node();
        scene.remove("usr/lib/modules");
        auto findings = findings_of(scene);
        CHECK(codes_of(findings) == Names{"error no-modules"});
        CHECK(
            findings[0].message ==
            "there is no /lib/modules directory for the kernel boot/vmlinuz-6.1.0-32-amd64");

        findings = findings_of(sound_node(), "usr/lib/modules");
        CHECK(codes_of(findings) == Names{"error modules-excluded"});
        CHECK(
            findings[0].message ==
            "/etc/warewulf/excludes leaves out the modules of the kernel 6.1.0-32");
        // Warewulf takes the kernel from the root, not from the image.
        CHECK(codes_of(findings_of(sound_node(), "boot")) == Names{});
    }

    TEST_CASE("init must be there and run") {
        Scene scene = sound_node();
        scene.at("usr/lib/systemd/systemd").mode = 0644;
        CHECK(codes_of(scene) == Names{"error no-init"});
        scene = sound_node();
        scene.link("usr/sbin/init", "../../../outside");
        CHECK(codes_of(scene) == Names{"error no-init"});
        scene = sound_node();
        scene.remove("usr/bin/dash");
        CHECK(codes_of(scene) == Names{"error no-shell"});
        scene = sound_node();
        scene.file("etc/initrd-release");
        CHECK(codes_of(scene) == Names{"error initrd-release"});
    }

    TEST_CASE("scripts may begin with /usr/bin/sh, which a root without a merged /usr lacks") {
        Scene scene = sound_node();
        scene.remove("bin").remove("usr/bin/sh").file("bin/sh", 0755);
        const auto findings = findings_of(scene);
        REQUIRE(codes_of(findings) == Names{"warning no-usr-shell"});
        CHECK(
            findings[0].message == "/usr/bin/sh is missing: some versions of Warewulf have boot "
                                   "scripts that begin with it");
        scene.link("usr/bin/sh", "../../bin/sh");
        CHECK(codes_of(scene) == Names{});
    }

    TEST_CASE("programs that Warewulf's scripts call, all missing ones by name") {
        Scene scene = sound_node();
        scene.remove("usr/bin/sed").remove("usr/sbin/ip");
        scene.at("usr/bin/ls").mode = 0644;
        scene.remove("usr/sbin/switch_root").remove("usr/bin/cpio");
        const auto findings = findings_of(scene);
        CHECK(
            codes_of(findings) == Names{
                                      "warning missing-programs",
                                      "warning missing-tmpfs-programs",
                                      "warning missing-agent-programs"});
        CHECK(findings[0].message == "Warewulf's boot scripts need ip, sed, ls");
        CHECK(findings[1].message == "booting with a tmpfs root needs switch_root");
        CHECK(findings[2].message == "Warewulf's node agent needs cpio for runtime overlays");
    }

    TEST_CASE("masked logins") {
        for (const char* const unit : {"getty@.service", "systemd-logind.service"}) {
            Scene scene = sound_node();
            scene.link(std::string("etc/systemd/system/") + unit, "/dev/null");
            const auto findings = findings_of(scene);
            CHECK(codes_of(findings) == Names{"warning masked-unit"});
            CHECK(findings[0].message == std::string(unit) + " is masked: nobody can log in");
        }
    }

    TEST_CASE("absolute links of the merged /usr") {
        Scene scene = sound_node();
        scene.link("lib", "/usr/lib");
        const auto findings = findings_of(scene);
        CHECK(codes_of(findings) == Names{"warning absolute-usr-merge"});
        CHECK(findings[0].hint == "make it relative: ln -sfn usr/lib /lib");
    }

    TEST_CASE("an identity that nodes would share") {
        Scene scene = sound_node();
        scene.at("etc/machine-id").size = 33;
        CHECK(codes_of(scene) == Names{"warning machine-id"});
    }

    TEST_CASE("what a cpio archive can't hold, unless it is left out") {
        Scene scene = sound_node();
        scene.file("srv/model", 0644, (std::uint64_t{1} << 32U) - 1);
        CHECK(codes_of(scene) == Names{});
        scene.at("srv/model").size += 1;
        const auto findings = findings_of(scene);
        CHECK(codes_of(findings) == Names{"error file-too-large"});
        CHECK(findings[0].message.starts_with("/srv/model has "));
        CHECK(codes_of(findings_of(scene, "srv")) == Names{});

        scene = sound_node();
        scene.file("srv/a\nb");
        CHECK(codes_of(scene) == Names{"error newline-in-name"});
        CHECK(codes_of(findings_of(scene, "srv")) == Names{});
    }

    TEST_CASE("secrets of the site") {
        Scene scene = sound_node();
        scene.file("usr/sbin/munged", 0755).file("usr/sbin/iscsid", 0755);
        CHECK(codes_of(scene) == Names{"warning no-munge-key", "warning no-iscsi-name"});
        scene.file("etc/munge/munge.key", 0400).file("etc/iscsi/initiatorname.iscsi");
        CHECK(codes_of(scene) == Names{});
    }

    TEST_CASE("file capabilities") {
        Scene scene = sound_node();
        scene.file("usr/bin/ping", 0755).file("srv/other", 0755);
        scene.at("usr/bin/ping").xattrs = {{"security.capability", "x"}};
        scene.at("srv/other").xattrs = {{"security.capability", "x"}, {"user.note", "y"}};
        const auto findings = findings_of(scene, "srv");
        CHECK(codes_of(findings) == Names{"warning lost-capabilities"});
        CHECK(
            findings[0].message ==
            "the image format can't hold the file capabilities of /usr/bin/ping");
        CHECK(codes_of(findings_of(scene, "srv", true)) == Names{});
    }

    TEST_CASE("memory") {
        // A node of 825 MB in pages came up with less than half of its files in 1.82 GB.
        const std::uint64_t needed = check::memory_needed(249'200'000, 825'000'000);
        CHECK(needed > 2'050'000'000);
        CHECK(needed < 2'200'000'000);
        CHECK(check::memory_needed(0, 0) == (std::uint64_t{192} << 20U) * 64 / 63);
    }

    TEST_CASE("limits of size") {
        constexpr std::uint64_t gib = std::uint64_t{1} << 30U;
        CHECK(codes_of(check::check_sizes(gib, 2 * gib - 1)) == Names{});
        CHECK(codes_of(check::check_sizes(gib, 2 * gib)) == Names{"warning large-for-bios"});
        CHECK(codes_of(check::check_sizes(4 * gib - 1, 0)) == Names{"warning large-for-bios"});
        CHECK(codes_of(check::check_sizes(4 * gib, 9 * gib)) == Names{"error image-too-large"});
    }
}
