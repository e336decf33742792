// SPDX-License-Identifier: Apache-2.0
// Installs small packages with a real dpkg: the host's, brought into the root by a package of its own.
#include "root/package_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace imgbuild;
using test::Deb;
using test::Names;
using test::PackageFixture;

namespace {

Deb tool() {
    Deb deb;
    deb.name = "tool";
    deb.fields = "Depends: tool-lib\n";
    deb.files = {
        {"!usr/bin/tool", "tool\n"},
        {"etc/tool.conf", "shipped\n"},
        {"usr/share/doc/tool/README", "read me\n"},
        {"usr/share/doc/tool/copyright", "mine\n"},
        {"usr/share/man/man1/tool.1", "manual\n"}};
    deb.control = {
        {"conffiles", "/etc/tool.conf\n"},
        {"postinst",
         "#!/bin/sh\nenv | busybox sort > /etc/environment-of-postinst\n"
         "policy-rc.d tool start\necho $? > /etc/policy\n"}};
    return deb;
}

} // namespace

TEST_SUITE("packages") {
    TEST_CASE_FIXTURE(PackageFixture, "packages are installed by the root's own dpkg") {
        add_base();
        add(tool());
        add({"tool-lib", "", {{"usr/lib/libtool.so", "lib\n"}}, {}});
        install({"tool"});
        const root::Root& root = working->root();
        CHECK(installed() == Names{"dpkg", "tool", "tool-lib"});
        CHECK(root.read("usr/bin/tool") == "tool\n");
        CHECK(root.read("etc/tool.conf") == "shipped\n");
        CHECK(root.status("usr/bin/tool")->st_mode == (S_IFREG | 0755));
        CHECK(root.status("usr/bin/tool")->st_uid == 0);
        CHECK(root.read_link("bin") == "usr/bin");
        CHECK(root.read_link("lib64") == "usr/lib64");
        CHECK(
            root.read("var/lib/apt/extended_states") ==
            "Package: tool-lib\nArchitecture: amd64\nAuto-Installed: 1\n\n");
        // Scripts saw that services must not be started; afterwards nothing is left of it.
        CHECK(root.read("etc/policy") == "101\n");
        CHECK_FALSE(root.exists("usr/sbin/policy-rc.d"));
        for (const char* const trace : {"run/imgbuild", "etc/tool.conf.dpkg-new"}) {
            CAPTURE(trace);
            CHECK_FALSE(root.exists(trace));
        }
        const std::string environment = root.read("etc/environment-of-postinst");
        for (const char* const line :
             {"DEBIAN_FRONTEND=noninteractive\n",
              "DEBIAN_PRIORITY=critical\n",
              "HOME=/root\n",
              "INITRD=No\n",
              "LC_ALL=C.UTF-8\n",
              "SOURCE_DATE_EPOCH=0\n"}) {
            CAPTURE(line);
            CHECK(environment.find(line) != std::string::npos);
        }
        CHECK(root.read("usr/share/doc/tool/README") == "read me\n");
    }

    TEST_CASE_FIXTURE(PackageFixture, "documentation can be left out, the copyright stays") {
        add_base();
        Deb deb = tool();
        deb.fields.clear();
        add(deb);
        request.exclude_documentation = true;
        install({"tool"});
        const root::Root& root = working->root();
        CHECK(root.exists("usr/share/doc/tool/copyright"));
        CHECK_FALSE(root.exists("usr/share/doc/tool/README"));
        CHECK_FALSE(root.exists("usr/share/man/man1/tool.1"));
    }

    TEST_CASE_FIXTURE(PackageFixture, "debconf's answers are there before packages ask") {
        add_base();
        Deb debconf{"debconf", "", {}, {}};
        debconf.files["!usr/bin/debconf-set-selections"] = "#!/bin/sh\ncat > /etc/answers\n";
        add(debconf);
        Deb deb{"asking", "Depends: debconf\n", {}, {}};
        deb.control["postinst"] = "#!/bin/sh\ncat /etc/answers > /etc/asked\n";
        add(deb);
        request.debconf_seed = "asking asking/question string yes\n";
        install({"asking"});
        CHECK(working->root().read("etc/asked") == request.debconf_seed);
    }

    TEST_CASE_FIXTURE(PackageFixture, "a failing script is named, with its last lines") {
        add_base();
        Deb deb{"failing", "", {}, {}};
        deb.control["postinst"] = "#!/bin/sh\necho 'no way' >&2\nexit 7\n";
        add(deb);
        try {
            install({"failing"});
            FAIL("nothing was thrown");
        } catch (const base::Error& error) {
            CHECK(
                std::string(error.what()) ==
                "package failing: its postinst script returned error exit status 7");
            CHECK(error.exit_code() == base::ExitCode::script);
            const Names& lines = error.details();
            CHECK(std::find(lines.begin(), lines.end(), "no way") != lines.end());
        }
        CHECK_FALSE(working->root().exists("usr/sbin/policy-rc.d"));
    }

    TEST_CASE_FIXTURE(PackageFixture, "uninstall takes along what is no longer needed") {
        add_base();
        add(tool());
        add({"tool-lib", "", {{"usr/lib/libtool.so", "lib\n"}}, {}});
        add({"plugin", "Depends: tool\n", {{"usr/lib/plugin.so", "plugin\n"}}, {}});
        install({"plugin"});
        CHECK(installed() == Names{"dpkg", "plugin", "tool", "tool-lib"});
        CHECK(
            apt.remove(*working, {{"tool", {}}, {"absent", {}}}, false, 86400, context) ==
            Names{"absent"});
        CHECK(installed() == Names{"dpkg"});
        CHECK_FALSE(working->root().exists("usr/lib/plugin.so"));
        CHECK_FALSE(working->root().exists("usr/bin/tool"));
        CHECK(working->root().read("var/lib/apt/extended_states").empty());
    }

    TEST_CASE_FIXTURE(PackageFixture, "delete takes just what it names") {
        add_base();
        add(tool());
        add({"tool-lib", "", {{"usr/lib/libtool.so", "lib\n"}}, {}});
        install({"tool"});
        CHECK(apt.remove(*working, {{"tool-lib", {}}}, true, 86400, context).empty());
        CHECK(installed() == Names{"dpkg", "tool"});
        CHECK_FALSE(working->root().exists("usr/lib/libtool.so"));
    }
}
