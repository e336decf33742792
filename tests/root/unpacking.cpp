// SPDX-License-Identifier: Apache-2.0
// The same packages, unpacked by dpkg and natively, give the same root.
#include "root/package_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace imgbuild;
using package::Unpacking;
using test::Deb;
using test::Names;
using test::PackageFixture;

namespace {

constexpr std::int64_t epoch = 1'600'000'000;

struct Outcome {
    tree::Inventory inventory;
    std::string status;
    std::string output;
};

Outcome install(Unpacking unpacking, const std::vector<Deb>& debs, bool exclude_documentation) {
    PackageFixture fixture(unpacking);
    fixture.add_base();
    Names names;
    for (const Deb& deb : debs) {
        fixture.add(deb);
        names.push_back(deb.name);
    }
    fixture.request.exclude_documentation = exclude_documentation;
    fixture.install(names);
    Outcome outcome;
    const root::Root& root = fixture.working->root();
    outcome.status = root.read("var/lib/dpkg/status");
    outcome.output = fixture.reporter.text;
    // Times of the run, and a copy of what the status was before.
    root.remove("var/log/dpkg.log");
    root.remove("var/lib/dpkg/status-old");
    outcome.inventory =
        fixture.working->commit(crypto::sha256("installed"), epoch, fixture.context);
    return outcome;
}

/// Installs both ways and compares.
/// @returns the lines that say what dpkg had to unpack nevertheless.
Names compare(const std::vector<Deb>& debs, bool exclude_documentation = false) {
    const Outcome wanted = install(Unpacking::dpkg, debs, exclude_documentation);
    const Outcome found = install(Unpacking::native, debs, exclude_documentation);
    CHECK(found.status == wanted.status);
    const Names differences = tree::describe_differences(wanted.inventory, found.inventory);
    for (const std::string& difference : differences) {
        FAIL_CHECK(difference);
    }
    Names lines;
    for (const std::string_view line : base::split_lines(found.output)) {
        if (line.find(" is unpacked by dpkg: ") != std::string_view::npos) {
            lines.emplace_back(line);
        }
    }
    return lines;
}

Deb script_for(const std::string& name, const std::string& script, const std::string& text) {
    return {name, "", {{"usr/lib/" + name, name + "\n"}}, {{script, "#!/bin/sh\n" + text}}};
}

} // namespace

TEST_SUITE("unpacking") {
    TEST_CASE("files, links, configuration files and modes") {
        Deb plain{"plain", "", {}, {}};
        plain.files = {
            {"!usr/bin/plain", "plain\n"},
            {"usr/share/empty", ""},
            {"usr/share/" + std::string(120, 'n') + "/" + std::string(130, 'm'), "long name\n"},
            {"etc/plain/a.conf", "a\n"},
            {"etc/plain/b.conf", "b\n"},
            {"lib/plain/through-a-link", "1\n"}};
        plain.symlinks = {
            {"usr/bin/also-plain", "plain"},
            {"usr/share/long-link", "/" + std::string(150, 't')},
            {"etc/plain/link", "a.conf"}};
        plain.hard_links = {{"usr/bin/hard-plain", "usr/bin/plain"}};
        plain.control = {{"conffiles", "/etc/plain/a.conf\n/etc/plain/b.conf\n"}};
        CHECK(compare({plain}).empty());
    }

    TEST_CASE("documentation that is left out") {
        Deb documented{"documented", "", {}, {}};
        documented.files = {
            {"usr/share/doc/documented/copyright", "mine\n"},
            {"usr/share/doc/documented/examples/one", "1\n"},
            {"usr/share/man/man1/documented.1", "manual\n"},
            {"usr/share/lintian/overrides/documented", "x\n"}};
        documented.symlinks = {
            {"usr/share/doc/documented/link", "copyright"},
            {"usr/share/man/man1/also.1", "documented.1"}};
        // As update-alternatives does.
        documented.control["postinst"] =
            "#!/bin/sh\nset -e\nbusybox ln -s documented.1 /usr/share/man/man1/chosen.1\n";
        CHECK(compare({documented}, true).empty());
    }

    TEST_CASE("a directory that is there keeps its mode, whoever comes first") {
        Deb first = script_for(
            "first", "preinst", "busybox mkdir -p /srv/shared && busybox chmod 2775 /srv/shared\n");
        first.files["srv/shared/first"] = "1\n";
        Deb second{"second", "", {{"srv/shared/second", "2\n"}}, {}};
        CHECK(compare({first, second}).empty());
    }

    // But for the version: the package that brings the host's dpkg does not have its number.
    TEST_CASE("preinst scripts see what dpkg would show them, and what they make is replaced") {
        Deb writer = script_for(
            "writer",
            "preinst",
            "env | busybox grep -v -e ^_= -e ^SHLVL= -e ^DPKG_RUNNING_VERSION= | busybox sort > "
            "/etc/environment-of-preinst\n"
            "echo \"$0 $*\" > /etc/arguments-of-preinst\n"
            "busybox ls -1 /var/lib/dpkg/tmp.ci > /etc/files-of-preinst\n"
            "[ ! -e /usr/lib/writer ] || echo early > /etc/too-early\n"
            "busybox mkdir -p /usr/lib && echo mine > /usr/lib/writer\n"
            "busybox mkdir -p /usr/share/in-the-way/below\n");
        writer.files["usr/share/in-the-way"] = "a file\n";
        CHECK(compare({writer}).empty());
    }

    TEST_CASE("owners by name are those of the root") {
        Deb accounts =
            script_for("accounts", "preinst", "echo someone:x:777:777::/:/bin/sh >> /etc/passwd\n");
        CHECK(compare({accounts, {"other", "Depends: accounts\n", {{"srv/other", "1\n"}}, {}}})
                  .empty());
    }

    TEST_CASE("triggers, by name and by file, before and after their owner is there") {
        const std::string log = "#!/bin/sh\necho \"$@\" >> /etc/log-of-";
        Deb interested{"interested", "", {{"usr/lib/interested", "1\n"}}, {}};
        interested.control = {
            {"triggers",
             "interest named\ninterest-noawait /usr/lib/watched\n# none\ninterest /etc\n"},
            {"postinst", log + "interested\n"}};
        Deb early{
            "early", "", {{"usr/lib/watched/early", "1\n"}}, {{"triggers", "activate named\n"}}};
        Deb late{"late", "Pre-Depends: interested\n", {{"usr/lib/watched/late", "1\n"}}, {}};
        late.control = {{"triggers", "activate-noawait named\n"}, {"postinst", log + "late\n"}};
        Deb later{
            "later",
            "Pre-Depends: late\n",
            {{"etc/later", "1\n"}},
            {{"conffiles", "/etc/later\n"}}};
        later.control["triggers"] = "activate named\nactivate /usr/lib/watched\n";
        CHECK(compare({interested, early, late, later}).empty());
        // The order of the names, too, wherever dpkg has to unpack one itself.
        for (Deb* const deb : {&early, &late, &later}) {
            deb->has_checksums = false;
            CHECK(compare({interested, early, late, later}).size() == 1);
            deb->has_checksums = true;
        }
        early.has_checksums = false;
        later.has_checksums = false;
        CHECK(compare({interested, early, late, later}).size() == 2);
    }

    TEST_CASE("packages of the same name for any architecture") {
        Deb library{"library", "Multi-Arch: same\n", {{"usr/lib/library.so", "1\n"}}, {}};
        library.control = {{"triggers", "interest-noawait /usr/lib/plugins\ninterest plug\n"}};
        Deb data{"data", "Multi-Arch: foreign\n", {{"usr/lib/plugins/data", "1\n"}}, {}};
        data.architecture = "all";
        CHECK(compare({library, data}).empty());
    }

    TEST_CASE("what replaces another package's files goes to dpkg") {
        Deb old{"old-owner", "", {{"usr/lib/moved", "old\n"}, {"usr/lib/kept", "1\n"}}, {}};
        Deb fresh{
            "new-owner",
            "Replaces: old-owner\nPre-Depends: old-owner\n",
            {{"usr/lib/moved", "new\n"}},
            {}};
        CHECK(
            compare({old, fresh}) ==
            Names{"new-owner is unpacked by dpkg: /usr/lib/moved is another package's too"});
    }

    TEST_CASE("what is diverted goes to dpkg") {
        Deb diverting = script_for(
            "diverting",
            "postinst",
            "dpkg-divert --package diverting --add --rename --divert /usr/lib/x.real /usr/lib/x\n");
        Deb diverted{"diverted", "Pre-Depends: diverting\n", {{"usr/lib/x", "x\n"}}, {}};
        CHECK(
            compare({diverting, diverted}) == Names{"diverted is unpacked by dpkg: /usr/lib/x is "
                                                    "diverted or has another owner or mode"});
        diverting.control = {{"preinst", diverting.control["postinst"]}};
        CHECK(
            compare({diverting, diverted}) ==
            Names{
                "diverting is unpacked by dpkg: its preinst script calls dpkg-divert",
                "diverted is unpacked by dpkg: /usr/lib/x is diverted or has another owner or "
                "mode"});
    }

    TEST_CASE("what has another owner or mode goes to dpkg") {
        Deb overriding = script_for(
            "overriding", "postinst", "dpkg-statoverride --add root root 0700 /usr/lib/x\n");
        Deb overridden{"overridden", "Pre-Depends: overriding\n", {{"usr/lib/x", "x\n"}}, {}};
        CHECK(
            compare({overriding, overridden}) == Names{"overridden is unpacked by dpkg: /usr/lib/x "
                                                       "is diverted or has another owner or mode"});
    }

    TEST_CASE("packages out of the ordinary go to dpkg") {
        Deb unchecked{"unchecked", "", {{"usr/lib/unchecked", "1\n"}}, {}};
        unchecked.has_checksums = false;
        Deb linked{"linked", "", {{"etc/a", "1\n"}}, {{"conffiles", "/etc/a\n"}}};
        linked.hard_links = {{"etc/b", "etc/a"}};
        CHECK(
            compare({unchecked, linked}) ==
            Names{
                "linked is unpacked by dpkg: its hard link etc/b is out of the ordinary",
                "unchecked is unpacked by dpkg: it has no list of checksums"});
    }

    TEST_CASE("dpkg's own configuration may leave out files") {
        Deb filtering{
            "filtering", "", {{"etc/dpkg/dpkg.cfg.d/no-x", "path-exclude=/usr/lib/x*\n"}}, {}};
        Deb filtered{
            "filtered",
            "Pre-Depends: filtering\n",
            {{"usr/lib/x", "x\n"}, {"usr/lib/y", "y\n"}},
            {}};
        CHECK(
            compare({filtering, filtered}) ==
            Names{
                "filtered is unpacked by dpkg: the image's dpkg is configured to leave out files"});
    }

    TEST_CASE("packages are decompressed once; a damaged archive in the store is made anew") {
        PackageFixture fixture(Unpacking::native);
        fixture.add_base();
        fixture.add({"plain", "", {{"usr/lib/plain", "plain\n"}}, {}});
        fixture.install({"plain"});
        std::map<std::string, ino_t> files;
        const auto look = [&](const crypto::Digest& digest) {
            struct stat status = {};
            REQUIRE(
                ::stat(fixture.store.find_expanded(digest, fixture.context)->c_str(), &status) ==
                0);
            return status.st_ino;
        };
        for (const package::ResolvedPackage& package : fixture.resolution.packages) {
            files[package.name] = look(package.digest);
            if (package.name == "plain") {
                const std::string path =
                    *fixture.store.find_expanded(package.digest, fixture.context);
                const std::string content = base::read_file(path);
                base::replace_file(
                    path, std::string(content).replace(content.find("plain\n", 512), 5, "PLAIN"));
            }
        }
        fixture.working = fixture.driver->open({}, {}, fixture.context);
        fixture.apt.install(
            *fixture.working, fixture.request, fixture.resolution, [](bool) {}, fixture.context);
        CHECK(fixture.working->root().read("usr/lib/plain") == "plain\n");
        for (const package::ResolvedPackage& package : fixture.resolution.packages) {
            CHECK((look(package.digest) == files[package.name]) == (package.name != "plain"));
        }
    }

    TEST_CASE("a preinst script that fails is named") {
        PackageFixture fixture(Unpacking::native);
        fixture.add_base();
        Deb deb{"failing", "", {}, {}};
        deb.control["preinst"] = "#!/bin/sh\necho 'no way' >&2\nexit 7\n";
        fixture.add(deb);
        try {
            fixture.install({"failing"});
            FAIL("nothing was thrown");
        } catch (const base::Error& error) {
            CHECK(
                std::string(error.what()) ==
                "package failing: its preinst script returned error exit status 7");
            CHECK(error.exit_code() == base::ExitCode::script);
            const Names& lines = error.details();
            CHECK(std::find(lines.begin(), lines.end(), "no way") != lines.end());
        }
    }
}
