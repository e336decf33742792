// SPDX-License-Identifier: Apache-2.0
#include "images/account_lines.hpp"
#include "images/syncuser.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using images::AccountLines;
using images::Accounts;
using images::IdMap;
using images::ImageAccounts;
using images::SyncPlan;

namespace {

SyncPlan plan(const ImageAccounts& image, const std::string& passwd, const std::string& group) {
    return images::plan_syncuser(image, Accounts{"this machine", passwd, group, "", ""}, 20000);
}

} // namespace

TEST_CASE("accounts are read, what makes no sense is kept apart") {
    const AccountLines lines(
        "root:x:0:0:root:/root:/bin/sh\n# comment\n+::::::\n\nshort:x:5\n"
        "big:x:4294967295:1::/:/bin/sh\nroot:x:7:7::/:/bin/sh\n",
        AccountLines::passwd);
    REQUIRE(lines.accounts().size() == 2);
    CHECK(lines.find("root")->id == 0);
    CHECK(lines.find_name_or_id("7")->name == "root");
    CHECK(lines.find("short") == nullptr);
    REQUIRE(lines.broken().size() == 2);
    CHECK(lines.broken()[0].number == 5);
    CHECK(lines.others().size() == 2);
    const AccountLines groups("adm:x:4:a,b\nwheel:x:10:\n", AccountLines::group);
    CHECK(groups.find("adm")->members == std::vector<std::string>{"a", "b"});
    CHECK(groups.find("wheel")->members.empty());
    CHECK(images::with_field("a:x:1:2", 2, 9) == "a:x:9:2");
}

TEST_CASE("names in both get the machine's numbers, files become the machine's plus the image's") {
    const SyncPlan found = plan(
        {.passwd = "root:x:0:0:image:/root:/bin/sh\nmunge:x:101:102::/:/bin/false\n"
                   "slurm:x:64030:64030::/:/bin/false\n",
         .group = "root:x:0:\nmunge:x:102:slurm\nslurm:x:64030:\n",
         .shadow = "root:secret:1::::::\nmunge:!:1::::::\nslurm:!:1::::::\n",
         .gshadow = "root:*::\nmunge:!::\nslurm:!::\n",
         .subuid = "101:1:2\nslurm:5:6\n",
         .subgid = ""},
        "root:x:0:0:root:/root:/bin/bash\nmunge:x:998:997::/:/sbin/nologin\n"
        "alice:x:1000:1000::/home/alice:/bin/bash\n",
        "root:x:0:\nmunge:x:997:\nusers:x:100:alice\n");
    CHECK(found.conflicts.empty());
    REQUIRE(found.users.size() == 1);
    CHECK(found.users[0].name == "munge");
    CHECK(found.users[0].host_id == 998);
    CHECK(found.users[0].image_id == 101);
    CHECK(found.uids == IdMap{{101, 998}});
    CHECK(found.gids == IdMap{{102, 997}});
    CHECK(
        found.files.at("etc/passwd") ==
        "root:x:0:0:root:/root:/bin/bash\nmunge:x:998:997::/:/sbin/nologin\n"
        "alice:x:1000:1000::/home/alice:/bin/bash\nslurm:x:64030:64030::/:/bin/false\n");
    CHECK(
        found.files.at("etc/group") ==
        "root:x:0:\nmunge:x:997:\nusers:x:100:alice\nslurm:x:64030:\n");
    // Nobody's password comes into an image that anybody can load.
    CHECK(
        found.files.at("etc/shadow") ==
        "root:secret:1::::::\nmunge:!:1::::::\nslurm:!:1::::::\nalice:!*:20000::::::\n");
    CHECK(found.files.at("etc/gshadow") == "root:*::\nmunge:!::\nslurm:!::\nusers:!*::alice\n");
    CHECK(found.files.at("etc/subuid") == "998:1:2\nslurm:5:6\n");
    CHECK(found.files.count("etc/subgid") == 0);
}

TEST_CASE("a user of the image alone follows its main group") {
    const SyncPlan found = plan(
        {.passwd = "own:x:500:50::/:/bin/sh\n", .group = "staff:x:50:\n"},
        "root:x:0:0::/:/bin/sh\n",
        "root:x:0:\nstaff:x:20:\n");
    CHECK(found.files.at("etc/passwd") == "root:x:0:0::/:/bin/sh\nown:x:500:20::/:/bin/sh\n");
}

TEST_CASE("all conflicts are named at once") {
    const SyncPlan found = plan(
        {.passwd = "a:x:1:1::/:\nb:x:2:2::/:\ntwin:x:3:3::/:\nother:x:3:3::/:\n",
         .group = "g:x:7:\n"},
        "c:x:1:1::/:\nd:x:2:2::/:\ntwin:x:30:3::/:\n",
        "h:x:7:\n");
    REQUIRE(found.conflicts.size() == 4);
    CHECK(
        found.conflicts[0] ==
        "the user a is in the image only and has the number 1, which is user c of this machine");
    CHECK(found.conflicts[2].find("the user other shares the number 3") == 0);
    CHECK(found.conflicts[3].find("the group g is in the image only") == 0);
}

TEST_CASE("numbers that are exchanged are no conflict") {
    const SyncPlan found = plan(
        {.passwd = "a:x:1:1::/:\nb:x:2:2::/:\n", .group = ""}, "a:x:2:1::/:\nb:x:1:2::/:\n", "");
    CHECK(found.conflicts.empty());
    CHECK(found.uids == IdMap{{1, 2}, {2, 1}});
}

TEST_CASE("what is the same stays as it is") {
    const std::string passwd = "root:x:0:0::/root:/bin/sh\n";
    const std::string group = "root:x:0:\n";
    const SyncPlan found = plan({.passwd = passwd, .group = group}, passwd, group);
    CHECK(found.is_in_step());
    CHECK(found.files.empty());
}

TEST_CASE("a file that is something else is not shown as a whole") {
    std::string passwd;
    for (int i = 0; i < 1000; ++i) {
        passwd += std::string(5000, 'x') + "\n";
    }
    const SyncPlan found = plan({.passwd = passwd, .group = ""}, "root:x:0:0::/:/bin/sh\n", "");
    REQUIRE(found.warnings.size() == 21);
    CHECK(found.warnings.front().size() < 300);
    CHECK(found.warnings.back() == "/etc/passwd of the image: 980 more lines make no sense");
}
