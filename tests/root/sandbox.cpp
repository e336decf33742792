// SPDX-License-Identifier: Apache-2.0
#include "base/cancel.hpp"
#include "base/error.hpp"
#include "root/namespaces.hpp"
#include "tiny_root.hpp"

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

using imgbuild::base::Error;
using imgbuild::base::SystemError;
using imgbuild::root::SandboxCommand;
using imgbuild::root::SandboxResult;
using imgbuild::test::TinyRoot;
using Lines = std::vector<std::string>;

TEST_SUITE("Sandbox") {
    TEST_CASE_FIXTURE(TinyRoot, "gives status and lines, in order, from both streams") {
        SandboxCommand command = shell("echo one; echo two >&2; echo three; exit 7");
        Lines lines;
        command.on_output = [&](std::string_view line) { lines.emplace_back(line); };
        const SandboxResult result = run(command);
        CHECK(result.status == 7);
        CHECK(lines == Lines{"one", "two", "three"});
        CHECK(result.last_lines == lines);
        CHECK(run(shell("kill -TERM $$")).status == 128 + SIGTERM);
    }

    TEST_CASE_FIXTURE(TinyRoot, "gives input, /dev/null without") {
        SandboxCommand command = shell("cat; wc -c < /dev/stdin");
        command.input = "hello\n";
        CHECK(run(command).last_lines.front() == "hello");
        CHECK(lines_of("wc -c") == Lines{"0"});
    }

    TEST_CASE_FIXTURE(TinyRoot, "the environment is exactly the given one") {
        ::setenv("CALLERS", "secret", 1);
        SandboxCommand command = shell({});
        command.argv = {"/bin/env"};
        command.environment = {{"PATH", "/bin"}, {"kiwi_iname", "x"}};
        command.working_directory = "/tmp";
        CHECK(run(command).last_lines == Lines{"PATH=/bin", "kiwi_iname=x"});
    }

    TEST_CASE_FIXTURE(TinyRoot, "umask, directory, user, groups, limits and files are fixed") {
        ::umask(0);
        SandboxCommand command = shell("umask; pwd; id -u; id -G; ulimit -c; ls /proc/self/fd");
        command.working_directory = "/tmp";
        // The last descriptor is the directory that ls itself reads.
        CHECK(run(command).last_lines == Lines{"0022", "/tmp", "0", "0", "0", "0", "1", "2", "3"});
    }

    TEST_CASE_FIXTURE(TinyRoot, "what can't be started is an error that names it") {
        SandboxCommand command = shell({});
        command.argv = {"missing"};
        CHECK_THROWS_WITH_AS(
            run(command), "starting missing in the image: No such file or directory", SystemError);
        command.argv = {"/etc/passwd"};
        CHECK_THROWS_WITH_AS(
            run(command), "starting /etc/passwd in the image: Permission denied", SystemError);
        command = shell("true");
        command.working_directory = "/nowhere";
        CHECK_THROWS_WITH_AS(
            run(command),
            "changing to the directory /nowhere of the image: No such file or directory",
            SystemError);
        command = shell("true");
        command.binds = {{"/no/such/source", "/mnt"}};
        CHECK_THROWS_WITH_AS(
            run(command),
            "mounting /no/such/source in the image: No such file or directory",
            SystemError);
    }

    TEST_CASE_FIXTURE(TinyRoot, "a root with something else in the place of /proc is refused") {
        root.remove("proc");
        root.make_symlink("proc", "/etc");
        CHECK_THROWS_WITH_AS(
            run(shell("true")),
            "setting up the sandbox: mounting a new proc at /proc: Not a directory",
            SystemError);
    }

    TEST_CASE_FIXTURE(TinyRoot, "it is pid 1's child, alone, in a session of its own") {
        const Lines lines = lines_of("echo $$; cd /proc; echo [0-9]*");
        CHECK(lines == Lines{"2", "1 2"});
    }

    TEST_CASE_FIXTURE(TinyRoot, "/dev has what scripts need and no more") {
        CHECK(
            lines_of("cd /dev; echo *") ==
            Lines{"console fd full null ptmx pts random shm stderr stdin stdout tty urandom zero"});
        CHECK(
            lines_of("echo x > /dev/null; dd if=/dev/zero bs=5 count=1 2>/dev/null | wc -c") ==
            Lines{"5"});
        CHECK(
            lines_of("echo to-stdout > /dev/stdout; echo to-stderr > /dev/stderr") ==
            Lines{"to-stdout", "to-stderr"});
        CHECK(lines_of("echo x > /dev/full") == Lines{"sh: write error: No space left on device"});
        CHECK(lines_of("dd if=/dev/urandom bs=8 count=1 2>/dev/null | wc -c") == Lines{"8"});
        CHECK(lines_of("echo x > /dev/shm/x && cat /dev/shm/x") == Lines{"x"});
        CHECK(lines_of("su user -c 'echo as-user > /dev/stdout'") == Lines{"as-user"});
    }

    TEST_CASE_FIXTURE(
        TinyRoot, "/run is new each time and has a lock directory; /tmp is the image's") {
        CHECK(
            lines_of("ls /run; touch /run/lock/x /run/y /tmp/z; stat -c %a /run/lock") ==
            Lines{"lock", "1777"});
        CHECK(
            lines_of("ls /run /run/lock /tmp") ==
            Lines{"/run:", "lock", "", "/run/lock:", "", "/tmp:", "z"});
        CHECK(root.list("run").empty());
    }

    TEST_CASE_FIXTURE(TinyRoot, "host name and loopback are its own") {
        SandboxCommand command =
            shell("hostname; ip -o link | wc -l; ip -o addr show lo | head -n1");
        command.host_name = "node-7";
        const Lines lines = lines_of("ip -o addr show lo");
        REQUIRE_FALSE(lines.empty());
        CHECK(lines[0].find("127.0.0.1/8") != std::string::npos);
        CHECK(run(command).last_lines[0] == "node-7");
        CHECK(run(command).last_lines[1] == "1");
    }

    TEST_CASE_FIXTURE(TinyRoot, "with network it has the host's") {
        SandboxCommand command = shell("readlink /proc/self/ns/net");
        command.network = true;
        std::string host(64, '\0');
        host.resize(
            static_cast<std::size_t>(::readlink("/proc/self/ns/net", host.data(), host.size())));
        CHECK(run(command).last_lines == Lines{host});
        CHECK(lines_of("readlink /proc/self/ns/net") != Lines{host});
    }

    TEST_CASE_FIXTURE(
        TinyRoot, "binds: read-only and writable, files and directories, made and removed") {
        const imgbuild::test::TemporaryDirectory host;
        imgbuild::base::replace_file(host / "file", "content\n");
        imgbuild::base::make_directories(host / "directory");
        const auto before = root.status("/")->st_mtim;
        SandboxCommand command = shell(
            "cat /secrets/deep/file; cat /run/secret; echo x > /data/new; echo x > /frozen/new; "
            "echo x > /secrets/deep/file; chmod 600 /secrets/deep/file");
        command.binds = {
            {host / "file", "/secrets/deep/file"},
            {host / "file", "/run/secret"},
            {host / "directory", "/data/", false},
            {host / "directory", "/frozen"}};
        CHECK(
            run(command).last_lines ==
            Lines{
                "content",
                "content",
                "sh: can't create /frozen/new: Read-only file system",
                "sh: can't create /secrets/deep/file: Read-only file system",
                "chmod: /secrets/deep/file: Read-only file system"});
        CHECK(imgbuild::base::read_file(host / "directory/new") == "x\n");
        CHECK_FALSE(root.exists("secrets"));
        CHECK_FALSE(root.exists("data"));
        CHECK_FALSE(root.exists("frozen"));
        CHECK(root.status("/")->st_mtim.tv_sec == before.tv_sec);
        CHECK(root.status("/")->st_mtim.tv_nsec == before.tv_nsec);
    }

    TEST_CASE_FIXTURE(TinyRoot, "a bind follows links of the image, inside the image") {
        const imgbuild::test::TemporaryDirectory host;
        imgbuild::base::replace_file(host / "file", "content\n");
        root.make_symlink("etc/resolv.conf", "../run/resolver/stub.conf");
        root.make_symlink("outside", "../../../../../../tmp");
        SandboxCommand command = shell("cat /etc/resolv.conf /run/resolver/stub.conf /tmp/x");
        command.binds = {{host / "file", "/etc/resolv.conf"}, {host / "file", "/outside/x"}};
        CHECK(run(command).last_lines == Lines{"content", "content", "content"});
        CHECK(root.list("run").empty());
        CHECK(root.list("tmp").empty());
        command.binds = {{host / "file", "/etc/../x"}};
        CHECK_THROWS_WITH_AS(run(command), "/etc/../x is no place to mount something at", Error);
    }

    TEST_CASE_FIXTURE(TinyRoot, "mount points of a bare root are made and removed") {
        for (const char* const name : {"dev", "proc", "sys", "run"}) {
            root.remove(name);
        }
        CHECK(lines_of("ls -d /dev /proc /sys /run") == Lines{"/dev", "/proc", "/run", "/sys"});
        CHECK(root.list("/") == Lines{"bin", "etc", "root", "tmp"});
    }

    TEST_CASE_FIXTURE(TinyRoot, "fsync is skipped only when that was asked for") {
        SandboxCommand command = shell({});
        command.argv = {"probe", "fsync-bad"};
        CHECK(run(command).last_lines == Lines{"allowed"});
        command.skip_sync = false;
        CHECK(run(command).last_lines == Lines{"EBADF"});
        CHECK(attempt("sync_file_range-bad") == "allowed");
        CHECK(attempt("syncfs-bad") == "allowed");
        CHECK(attempt("i386-fsync") == "allowed");
    }

    TEST_CASE_FIXTURE(TinyRoot, "long lines and endless output don't fill the memory") {
        SandboxCommand command =
            shell("dd if=/dev/zero bs=100000 count=1 2>/dev/null; echo; echo end");
        std::size_t longest = 0;
        command.on_output = [&](std::string_view line) {
            longest = std::max(longest, line.size());
        };
        CHECK(run(command).last_lines.back() == "end");
        CHECK(longest == 8192);
    }

    TEST_CASE_FIXTURE(TinyRoot, "orphans are reaped while the command runs") {
        // Ends only once the orphan is gone; a zombie would keep its directory in /proc.
        CHECK(
            lines_of(
                "(sh -c 'echo $$ > /tmp/orphan' &); while [ ! -s /tmp/orphan ]; do sleep 0.01; "
                "done; pid=$(cat /tmp/orphan); while [ -e /proc/$pid ]; do sleep 0.01; done; "
                "echo reaped") == Lines{"reaped"});
    }

    TEST_CASE_FIXTURE(TinyRoot, "an exception of on_output ends everything and travels on") {
        SandboxCommand command = shell("echo x; sleep 1000");
        command.on_output = [](std::string_view) { throw std::runtime_error("enough"); };
        CHECK_THROWS_WITH_AS(run(command), "enough", std::runtime_error);
    }

    TEST_CASE_FIXTURE(TinyRoot, "a stop kills everything inside at once") {
        const imgbuild::test::TemporaryDirectory host;
        SandboxCommand command = shell(
            "trap '' TERM INT HUP; (setsid sh -c 'trap \"\" TERM; while true; do echo x > "
            "/data/alive; sleep 0.01; done' &) ; while [ ! -e /data/alive ]; do sleep 0.01; done; "
            "echo ready; sleep 1000");
        command.binds = {{host.path(), "/data", false}};
        command.on_output = [&](std::string_view) { source.request_stop(); };
        CHECK_THROWS_AS(run(command), imgbuild::base::Interrupted);
        // Nobody is left who could make the file again.
        imgbuild::base::remove_tree(host / "alive");
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        CHECK_FALSE(imgbuild::base::exists(host / "alive"));
        CHECK_FALSE(root.exists("data"));
    }

    TEST_CASE_FIXTURE(TinyRoot, "everything inside dies with imgbuild, however that ends") {
        const imgbuild::test::TemporaryDirectory host;
        const pid_t builder = ::fork();
        REQUIRE(builder >= 0);
        if (builder == 0) {
            SandboxCommand command = shell("while true; do echo x > /data/alive; sleep 0.01; done");
            command.binds = {{host.path(), "/data", false}};
            try {
                run(command);
            } catch (const std::exception&) {
                ::_exit(1);
            }
            ::_exit(0);
        }
        while (!imgbuild::base::exists(host / "alive")) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        ::kill(builder, SIGKILL);
        ::waitpid(builder, nullptr, 0);
        // The kernel kills in the background; after that nobody makes the file again.
        bool is_gone = false;
        for (int i = 0; i < 100 && !is_gone; ++i) {
            imgbuild::base::remove_tree(host / "alive");
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            is_gone = !imgbuild::base::exists(host / "alive");
        }
        CHECK(is_gone);
    }

    TEST_CASE("the id mapping has a name") {
        const std::string name = imgbuild::root::id_mapping_name();
        const bool is_user = std::getenv("USER") != nullptr &&
                             std::string(std::getenv("USER")).starts_with("imgbuild-test-");
        if (is_user) {
            CHECK(name.starts_with("user:"));
            CHECK(name.size() > 5);
        } else {
            CHECK(name == "host");
        }
    }
}
