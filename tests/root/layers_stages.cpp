// SPDX-License-Identifier: Apache-2.0
#include "layers_stages.hpp"

#include "base/error.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace imgbuild::test {

namespace {

void set_xattr(
    const root::WorkingRoot& root, const char* path, const char* name, std::string_view value) {
    const std::string full = root.mount_path() + "/" + path;
    if (::lsetxattr(full.c_str(), name, value.data(), value.size(), 0) != 0) {
        base::throw_errno("setting " + std::string(name) + " of " + full);
    }
}

/// cap_net_raw=ep
constexpr std::string_view
    net_raw("\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);

/// As `net_raw`, but not effective.
constexpr std::string_view net_raw_permitted(
    "\x00\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);

void add(root::WorkingRoot& root) {
    run_script(root.mount_path(), R"(
        umask 022
        mkdir -p etc/opt usr/bin usr/share/doc/a/b var/log/apt dev
        echo localhost > etc/hosts
        echo keep > etc/keep
        touch -d 2001-02-03T04:05:06.123456789Z etc/keep
        echo root > etc/shadow; chmod 640 etc/shadow; chown 0:42 etc/shadow
        echo tool > usr/bin/tool; chmod 4755 usr/bin/tool
        echo write > usr/bin/write; chown 0:5 usr/bin/write; chmod 2755 usr/bin/write
        echo ping > usr/bin/ping; chmod 755 usr/bin/ping
        mkdir -m 1777 tmp
        mkdir -m 0700 -p home/user; chown 1000:1000 home/user
        ln -s ../usr/bin/tool etc/link
        ln -s /nonexistent/absolute etc/dangling; chown -h 3:4 etc/dangling
        mkfifo -m 600 var/fifo
        for i in 1 2 3; do echo "$i" > "usr/share/doc/a/b/$i"; done
        : > empty
        truncate -s 3M sparse
        printf end >> sparse
        printf 'a\nb' > 'name with
newline'
        long=$(printf 'd%.0s' $(seq 200))
        mkdir -p "deep/$long/$long/$long/$long"
        echo bottom > "deep/$long/$long/$long/$long/file"
        touch -d 2002-02-02T00:00:00Z usr/share/doc/a usr/share/doc
        echo gone > var/log/gone; echo stays > var/log/stays
        # files with several names, a directory for each thing that is done to them later
        for i in write replace chmod write-remove rename write-rename more remove cut idle all; do
            mkdir -p "links/$i/x"
            echo "$i" > "links/$i/a"
            ln "links/$i/a" "links/$i/b"
            ln "links/$i/a" "links/$i/x/c"
        done
        ln -P etc/link links/symlink
    )");
    const std::string socket = root.mount_path() + "/var/socket";
    if (::mknod(socket.c_str(), S_IFSOCK | 0755, 0) != 0) {
        base::throw_errno("making a socket");
    }
    set_xattr(root, "usr/bin/ping", "security.capability", net_raw);
    set_xattr(root, "etc/hosts", "user.origin", std::string_view("a\0b", 3));
    set_xattr(root, "usr/share", "user.note", "directory");
    make_device(root, "dev/null", 1, 3);
    make_device(root, "dev/zero", 1, 5);
}

void modify(root::WorkingRoot& root) {
    run_script(root.mount_path(), R"(
        echo more >> etc/hosts
        chmod 600 usr/bin/write
        chown 7:8 etc/link -h
        touch -d 1999-09-09T09:09:09.5Z etc/shadow
        rm var/log/gone
        rm -r usr/share/doc/a/b
        chmod 750 home/user
        printf x | dd of=sparse bs=1 seek=1000000 conv=notrunc status=none
        echo temporary > etc/opt/temporary; rm etc/opt/temporary
        # touched, but the same as before
        cp -p etc/keep t; cat t > etc/keep; touch -r t etc/keep; rm t
        chmod 700 usr/bin/tool; chmod 4755 usr/bin/tool
        echo x > var/log/apt/x; rm var/log/apt/x
        touch -r var/log var/log/apt
    )");
    set_xattr(root, "usr/bin/ping", "security.capability", net_raw_permitted);
    set_xattr(root, "usr/share", "user.note", "changed");
}

void change_types(root::WorkingRoot& root) {
    run_script(root.mount_path(), R"(
        rm -r usr/share/doc; echo file > usr/share/doc
        rm etc/keep; mkdir etc/keep; echo inside > etc/keep/inside
        rm etc/link; mkdir -p etc/link/sub
        rm -r var/log/apt; ln -s /tmp var/log/apt
        rm var/fifo; echo file > var/fifo
        rm var/socket; mkfifo var/socket
        rm -r home; mkdir -m 755 home
    )");
}

void replace_directories(root::WorkingRoot& root) {
    run_script(root.mount_path(), R"(
        rm -r etc/opt; mkdir etc/opt; echo new > etc/opt/new
        rm -r usr; mkdir -p usr/bin usr/lib; echo tool > usr/bin/tool; echo lib > usr/lib/lib
        rm -r var/log; mkdir -p var/log/journal; echo stays > var/log/stays
        rm usr/share 2>/dev/null || true
        rm -r etc/keep; mkdir etc/keep
        rm -r deep; mkdir -p deep/deeper/deepest
        mkdir gone-at-once; rmdir gone-at-once
    )");
}

void work_on_links(root::WorkingRoot& root) {
    run_script(root.mount_path(), R"(
        echo more >> links/write/a
        echo new > t; mv t links/replace/a
        chmod 400 links/chmod/b
        echo more >> links/write-remove/a; rm links/write-remove/a
        mv links/rename/a links/rename/renamed
        echo more >> links/write-rename/x/c; mv links/write-rename/x/c links/moved
        ln links/more/a links/more/d
        rm links/remove/a
        echo more >> links/cut/a; rm -r links/cut/x
        echo more >> links/all/b; rm links/all/a links/all/b; mv links/all/x/c links/last
    )");
}

void work_on_links_again(root::WorkingRoot& root) {
    run_script(root.mount_path(), R"(
        echo again >> links/remove/b
        echo again >> links/write/x/c
        echo again >> links/replace/b
        echo again >> links/last
        ln links/moved links/write-rename/new
        rm links/write-rename/a links/write-rename/b
        rm links/rename/b; ln links/rename/renamed links/rename/b
        chmod 640 links/more/x/c
        rm -r links/idle; mkdir -p links/idle; echo idle > links/idle/a
    )");
}

void touch_only(root::WorkingRoot& root) {
    run_script(root.mount_path(), R"(
        chmod 600 etc/hosts; chmod 644 etc/hosts
        for i in links/write/a links/more/d; do
            mode=$(stat -c %a "$i")
            chmod 777 "$i"
            chmod "$mode" "$i"
        done
    )");
}

void do_nothing(root::WorkingRoot&) {}

} // namespace

void run_script(const std::string& directory, const std::string& script) {
    const pid_t child = ::fork();
    if (child == 0) {
        // LC_ALL decides how the tools print names in messages; nothing else of the environment counts.
        const char* const environment[] = {
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", nullptr};
        if (::chdir(directory.c_str()) == 0) {
            ::execle(
                "/bin/sh",
                "sh",
                "-euc",
                script.c_str(),
                static_cast<char*>(nullptr),
                static_cast<const char* const*>(environment));
        }
        ::_exit(127);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0) {
        throw base::Error("a script of the test failed: " + script);
    }
}

void make_device(root::WorkingRoot& root, const std::string& path, unsigned major, unsigned minor) {
    const std::string full = root.mount_path() + "/" + path;
    if (::mknod(full.c_str(), S_IFCHR | 0666, ::makedev(major, minor)) == 0) {
        if (::chmod(full.c_str(), 0666) != 0) {
            base::throw_errno("changing the mode of " + full);
        }
        return;
    }
    if (errno != EPERM) {
        base::throw_errno("making " + full);
    }
    root.record_device(
        {.path = path,
         .type = tree::EntryType::char_device,
         .mode = 0666,
         .mtime = {.seconds = epoch},
         .major = major,
         .minor = minor});
}

std::vector<Stage> stages() {
    return {
        {"add", add},
        {"modify", modify},
        {"change types", change_types},
        {"replace directories", replace_directories},
        {"work on links", work_on_links},
        {"work on links again", work_on_links_again},
        {"touch only", touch_only},
        {"do nothing", do_nothing},
    };
}

} // namespace imgbuild::test
