// SPDX-License-Identifier: Apache-2.0
#include "build/accounts.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using build::AccountFiles;
using build::Home;
using description::User;

namespace {

constexpr std::int64_t today = 20000;

AccountFiles sample() {
    return {
        .passwd = "root:x:0:0:root:/root:/bin/bash\n"
                  "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
        .shadow = "root:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n",
        .group = "root:x:0:\nsudo:x:27:\nusers:x:100:\nnogroup:x:65534:\n",
        .gshadow = "root:*::\nsudo:*::\nusers:*::\nnogroup:*::\n",
        .subuid = "",
        .subgid = "",
    };
}

User user_of(const std::string& name) {
    User user;
    user.name = name;
    user.password = "$6$salt$hash";
    user.position = {"config.xml", 7, 9};
    return user;
}

std::vector<Home> apply(AccountFiles& files, const std::vector<User>& users) {
    return build::apply_users(files, users, {}, "node", today);
}

/// What is behind `before`.
std::string added(const std::string& before, const std::string& after) {
    REQUIRE(after.starts_with(before));
    return after.substr(before.size());
}

std::string refusal(AccountFiles files, const std::vector<User>& users) {
    const AccountFiles before = files;
    try {
        apply(files, users);
    } catch (const base::Error& error) {
        CHECK(error.exit_code() == base::ExitCode::usage);
        REQUIRE(error.position().has_value());
        CHECK(error.position()->line == 7);
        CHECK(files.passwd == before.passwd);
        return error.what();
    }
    return "accepted";
}

} // namespace

TEST_SUITE("accounts") {
    TEST_CASE("a new user, as useradd makes it") {
        AccountFiles files = sample();
        const std::vector<Home> homes = apply(files, {user_of("ann")});
        const AccountFiles old = sample();
        CHECK(added(old.passwd, files.passwd) == "ann:x:1000:1000::/home/ann:/bin/sh\n");
        CHECK(added(old.shadow, files.shadow) == "ann:$6$salt$hash:20000:0:99999:7:::\n");
        CHECK(added(old.group, files.group) == "ann:x:1000:\n");
        CHECK(added(old.gshadow, files.gshadow) == "ann:!::\n");
        CHECK(files.subuid == "ann:100000:65536\n");
        CHECK(files.subgid == "ann:100000:65536\n");
        REQUIRE(homes.size() == 1);
        CHECK(homes[0].path == "/home/ann");
        CHECK(homes[0].uid == 1000);
        CHECK(homes[0].gid == 1000);
        CHECK(homes[0].mode == 0755);
    }

    TEST_CASE("everything a description can say") {
        AccountFiles files = sample();
        User user = user_of("bob");
        user.id = 4711;
        user.groups = {"staff:50", "sudo", "extra"};
        user.home = "/srv/bob";
        user.shell = "/bin/bash";
        user.real_name = "Bob B.";
        const std::vector<Home> homes = apply(files, {user});
        const AccountFiles old = sample();
        CHECK(added(old.passwd, files.passwd) == "bob:x:4711:50:Bob B.:/srv/bob:/bin/bash\n");
        CHECK(
            files.group == "root:x:0:\nsudo:x:27:bob\nusers:x:100:\nnogroup:x:65534:\n"
                           "staff:x:50:\nextra:x:1000:bob\n");
        CHECK(
            files.gshadow ==
            "root:*::\nsudo:*::bob\nusers:*::\nnogroup:*::\nstaff:!::\nextra:!::bob\n");
        CHECK(homes[0].path == "/srv/bob");
        CHECK(homes[0].uid == 4711);
        CHECK(homes[0].gid == 50);
    }

    TEST_CASE("numbers of users and their own groups go together where they can") {
        AccountFiles files = sample();
        files.group += "taken:x:1000:\n";
        apply(files, {user_of("ann"), user_of("bob")});
        const AccountFiles old = sample();
        CHECK(
            added(old.passwd, files.passwd) == "ann:x:1000:1001::/home/ann:/bin/sh\n"
                                               "bob:x:1001:1002::/home/bob:/bin/sh\n");
        CHECK(added(old.group, files.group) == "taken:x:1000:\nann:x:1001:\nbob:x:1002:\n");
        CHECK(files.subuid == "ann:100000:65536\nbob:165536:65536\n");
    }

    TEST_CASE("a group of the user's name is the user's") {
        AccountFiles files = sample();
        files.group += "ann:x:555:\n";
        files.gshadow += "ann:!::\n";
        apply(files, {user_of("ann")});
        CHECK(added(sample().passwd, files.passwd) == "ann:x:1000:555::/home/ann:/bin/sh\n");
        CHECK(added(sample().group, files.group) == "ann:x:555:\n");
    }

    TEST_CASE("an account that exists keeps what the description does not say") {
        AccountFiles files = sample();
        User root = user_of("root");
        root.shell = "/bin/zsh";
        const std::vector<Home> homes = apply(files, {root, user_of("nobody")});
        CHECK(
            files.passwd == "root:x:0:0:root:/root:/bin/zsh\n"
                            "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
        CHECK(
            files.shadow == "root:$6$salt$hash:20000:0:99999:7:::\n"
                            "nobody:$6$salt$hash:20000:0:99999:7:::\n");
        CHECK(files.group == sample().group);
        CHECK(files.subuid.empty());
        // What it calls its home need not exist.
        REQUIRE(homes.size() == 2);
        CHECK(homes[1].path.empty());
    }

    TEST_CASE("membership is written once") {
        AccountFiles files = sample();
        User user = user_of("root");
        user.groups = {"root", "sudo", "sudo", "users"};
        apply(files, {user});
        apply(files, {user});
        CHECK(files.group == "root:x:0:\nsudo:x:27:root\nusers:x:100:root\nnogroup:x:65534:\n");
    }

    TEST_CASE("a plain password is hashed, equal for equal descriptions") {
        User user = user_of("ann");
        user.password = "secret";
        user.password_is_plain = true;
        AccountFiles first = sample();
        AccountFiles second = sample();
        AccountFiles other = sample();
        apply(first, {user});
        apply(second, {user});
        build::apply_users(other, {user}, {}, "another", today);
        CHECK(first.shadow == second.shadow);
        CHECK(first.shadow != other.shadow);
        const std::string line = added(sample().shadow, first.shadow);
        CHECK(line.starts_with("ann:$"));
        CHECK(line.find("secret") == std::string::npos);
    }

    TEST_CASE("missing files come into being") {
        AccountFiles files;
        apply(files, {user_of("ann")});
        CHECK(files.passwd == "ann:x:1000:1000::/home/ann:/bin/sh\n");
        CHECK(files.shadow == "ann:$6$salt$hash:20000:0:99999:7:::\n");
        CHECK(files.group == "ann:x:1000:\n");
    }

    TEST_CASE("what can't be is refused at its line") {
        User taken = user_of("ann");
        taken.id = 65534;
        CHECK(refusal(sample(), {taken}) == "user ann: the id 65534 belongs to the user nobody");
        taken.name = "root";
        CHECK(refusal(sample(), {taken}) == "user root: the id 65534 belongs to the user nobody");
        User group = user_of("ann");
        group.groups = {"sudo:28"};
        CHECK(
            refusal(sample(), {group}) == "user ann: the group sudo exists with the id 27, not 28");
        group.groups = {"mine:27"};
        CHECK(refusal(sample(), {group}) == "group mine: the id 27 belongs to the group sudo");
        for (const char* const text : {"mine:", "mine:x", "mine:1:2", "mine:4294967295"}) {
            group.groups = {text};
            CHECK(
                refusal(sample(), {group}) ==
                "user ann: the group \"" + std::string(text) + "\" is not NAME or NAME:GID");
        }
        User colon = user_of("ann");
        colon.real_name = "a:b";
        CHECK(
            refusal(sample(), {colon}) ==
            "user ann: the real name may not contain a colon or a line end");
        colon = user_of("ann");
        colon.shell = "/bin/sh\nroot2::0:0::/:/bin/sh";
        CHECK(
            refusal(sample(), {colon}) ==
            "user ann: the shell may not contain a colon or a line end");
        colon = user_of("ann");
        colon.password = "x:0:0";
        CHECK(
            refusal(sample(), {colon}) ==
            "user ann: the password may not contain a colon or a line end");
    }

    TEST_CASE("login.defs and default/useradd") {
        const build::AccountDefaults plain = build::parse_account_defaults("", "");
        CHECK(plain.uid_min == 1000);
        CHECK(plain.home_mode == 0755);
        CHECK(plain.shell == "/bin/sh");
        const build::AccountDefaults defaults = build::parse_account_defaults(
            "# UID_MIN 1\nUID_MIN\t\t 500\nUID_MAX 600\nGID_MIN 700\nPASS_MAX_DAYS  30\n"
            "PASS_MIN_DAYS 1\nPASS_WARN_AGE 5\nUMASK 027\nSUB_UID_COUNT 1000\n",
            "# SHELL=/bin/no\nSHELL=/bin/bash\n");
        CHECK(defaults.uid_min == 500);
        CHECK(defaults.uid_max == 600);
        CHECK(defaults.gid_min == 700);
        CHECK(defaults.gid_max == 60000);
        CHECK(defaults.home_mode == 0750);
        CHECK(defaults.sub_id_count == 1000);
        CHECK(defaults.shell == "/bin/bash");
        CHECK(build::parse_account_defaults("UMASK 027\nHOME_MODE 0700\n", "").home_mode == 0700);

        AccountFiles files = sample();
        const auto homes = build::apply_users(files, {user_of("ann")}, defaults, "node", today);
        CHECK(added(sample().passwd, files.passwd) == "ann:x:500:500::/home/ann:/bin/bash\n");
        CHECK(added(sample().shadow, files.shadow) == "ann:$6$salt$hash:20000:1:30:5:::\n");
        CHECK(homes[0].mode == 0750);
    }
}
