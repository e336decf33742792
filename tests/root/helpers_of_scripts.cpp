// SPDX-License-Identifier: Apache-2.0
// Which helpers scripts of packages get while they are installed, and that nothing of ours stays.
#include "helpers/known_helpers.hpp"
#include "root/package_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace imgbuild;
using package::Configuring;
using package::Unpacking;
using test::Deb;
using test::PackageFixture;

namespace {

/// A package that brings a helper, and calls it when it is configured.
Deb package_with(const std::string& helper, const std::string& content, const std::string& call) {
    Deb deb{"tools", "", {{"!usr/bin/" + helper, content}}, {}};
    deb.control["postinst"] = "#!/bin/sh\nset -e\n" + call + "\necho \"$PATH\" > /etc/path\n";
    return deb;
}

struct Outcome {
    std::string output;
    std::string path;
    bool has_mark = false;
    bool has_traces = false;
};

Outcome install(const Deb& deb, Configuring configuring) {
    PackageFixture fixture(Unpacking::native, configuring);
    fixture.add_base();
    fixture.add(deb);
    fixture.install({deb.name});
    const root::Root& root = fixture.working->root();
    return {
        fixture.reporter.text,
        root.read("etc/path"),
        root.exists("etc/mark"),
        root.exists("run/imgbuild")};
}

const std::string plain_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n";
const std::string unknown =
    "deb-systemd-helper is of a version that imgbuild does not know: scripts get the image's own\n";

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_SUITE("helpers of scripts") {
    TEST_CASE("a helper of an unknown version is the image's own") {
        const Deb deb = package_with(
            "deb-systemd-helper",
            "#!/bin/sh\necho \"$@\" > /etc/mark\n",
            "deb-systemd-helper unmask x.service");
        const Outcome fast = install(deb, Configuring::fast);
        CHECK(contains(fast.output, unknown));
        CHECK(fast.has_mark);
        CHECK(fast.path == "/run/imgbuild/helpers:" + plain_path);
        CHECK(!fast.has_traces);
        const Outcome plain = install(deb, Configuring::plain);
        CHECK(!contains(plain.output, unknown));
        CHECK(plain.has_mark);
        CHECK(plain.path == plain_path);
    }

    TEST_CASE("a root is no running system, whatever its own helper says") {
        const Deb deb = package_with(
            "ischroot", "#!/bin/sh\nexit 1\n", "if ischroot -f; then echo yes >/etc/mark; fi");
        CHECK(install(deb, Configuring::fast).has_mark);
        CHECK(!install(deb, Configuring::plain).has_mark);
    }

    TEST_CASE("an RSA host key is not drawn, others are") {
        int placeholders = 0;
        const std::string original = "#!/bin/sh\necho \"$@\" >>/etc/called\n";
        const auto called = [&](const std::string& key, Configuring configuring) {
            const std::string draw = "ssh-keygen -q -f " + key + " -N '' ";
            Deb deb = package_with(
                "ssh-keygen",
                original,
                draw + "-t rsa; ssh-keygen -l -f " + key + ".pub; " + draw + "-t ed25519");
            deb.files["etc/ssh/sshd_config"] = "";
            PackageFixture fixture(Unpacking::native, configuring);
            fixture.add_base();
            fixture.add(deb);
            fixture.install({deb.name});
            const root::Root& root = fixture.working->root();
            for (const std::string& name : {key, key + ".pub"}) {
                if (const auto status = root.status(name.substr(1))) {
                    CHECK(status->st_size == 0);
                    CHECK((status->st_mode & 0777U) == (name == key ? 0600U : 0644U));
                    ++placeholders;
                }
            }
            return root.read("etc/called");
        };
        const std::string key = "/etc/ssh/ssh_host_rsa_key";
        const std::string other = "/etc/ssh/id_rsa";
        CHECK(called(key, Configuring::fast) == "-q -f " + key + " -N  -t ed25519\n");
        CHECK(placeholders == 2);
        const auto all = [](const std::string& path) {
            return "-q -f " + path + " -N  -t rsa\n-l -f " + path + ".pub\n-q -f " + path +
                   " -N  -t ed25519\n";
        };
        CHECK(called(key, Configuring::plain) == all(key));
        CHECK(called(other, Configuring::fast) == all(other));
        CHECK(placeholders == 2);
    }

    // This machine's own, which could not work in a root that has next to no programs.
    TEST_CASE("a helper of a known version is done by imgbuild") {
        const std::string content =
            base::read_file(*process::find_program("dpkg-maintscript-helper"));
        const auto* const known = std::find_if(
            helpers::known_helpers.begin(), helpers::known_helpers.end(), [](const auto& helper) {
                return helper.name == "dpkg-maintscript-helper";
            });
        REQUIRE(known != helpers::known_helpers.end());
        if (std::find(
                known->digests.begin(), known->digests.end(), crypto::sha256(content).hex()) ==
            known->digests.end()) {
            MESSAGE("skipped: this machine's dpkg is of another version");
            return;
        }
        const std::string call = "dpkg-maintscript-helper rm_conffile /etc/x 1.0 -- \"$@\"";
        const Deb deb = package_with("dpkg-maintscript-helper", content, call);
        CHECK(!install(deb, Configuring::fast).has_traces);
        CHECK_THROWS_AS(install(deb, Configuring::plain), base::Error);
    }
}
