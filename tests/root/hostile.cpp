// SPDX-License-Identifier: Apache-2.0
// A script that wants to harm the host or to get out of its root. docs/security.md promises what is
// checked here.
#include "tiny_root.hpp"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <map>

using imgbuild::base::UniqueFd;
using imgbuild::root::SandboxCommand;
using imgbuild::root::SandboxResult;
using imgbuild::test::TinyRoot;
using Lines = std::vector<std::string>;

TEST_SUITE("hostile scripts") {
    TEST_CASE_FIXTURE(TinyRoot, "system calls that no build needs are refused") {
        const std::map<std::string, std::string> refused = {
            {"mount", "EPERM"},
            {"remount", "EPERM"},
            {"umount", "EPERM"},
            {"pivot_root", "EPERM"},
            {"fsopen", "EPERM"},
            {"open_tree", "EPERM"},
            {"open_tree_attr", "ENOSYS"},
            {"move_mount", "EPERM"},
            {"mount_setattr", "EPERM"},
            {"i386-mount", "EPERM"},
            {"i386-unshare", "EPERM"},
            {"i386-socketcall", "EAFNOSUPPORT"},
            {"unshare-user", "EPERM"},
            {"unshare-mount", "EPERM"},
            {"unshare-net", "EPERM"},
            {"clone-user", "EPERM"},
            {"clone3", "ENOSYS"},
            {"setns", "EPERM"},
            {"init_module", "EPERM"},
            {"finit_module", "EPERM"},
            {"delete_module", "EPERM"},
            {"kexec_load", "EPERM"},
            {"reboot", "EPERM"},
            {"swapon", "EPERM"},
            {"acct", "EPERM"},
            {"settimeofday", "EPERM"},
            {"clock_settime", "EPERM"},
            {"adjtimex", "EPERM"},
            {"bpf", "EPERM"},
            {"perf_event_open", "EPERM"},
            {"userfaultfd", "EPERM"},
            {"io_uring_setup", "EPERM"},
            {"ptrace", "EPERM"},
            {"process_vm_readv", "EPERM"},
            {"pidfd_getfd", "EPERM"},
            {"keyctl", "EPERM"},
            {"add_key", "EPERM"},
            {"request_key", "EPERM"},
            {"open_by_handle_at", "EPERM"},
            {"fanotify_init", "EPERM"},
            {"syslog", "EPERM"},
            {"sethostname", "EPERM"},
            {"personality-exec", "EPERM"},
            {"personality-low", "EPERM"},
            {"tiocsti", "EPERM"},
            {"tiocsti-high-bits", "EPERM"},
            {"tioclinux", "EPERM"},
            {"vsock", "EAFNOSUPPORT"},
            {"packet-socket", "EAFNOSUPPORT"},
            {"alg-socket", "EAFNOSUPPORT"},
            {"raw-socket", "EPERM"},
            {"capset", "EPERM"},
        };
        for (const auto& [name, answer] : refused) {
            CAPTURE(std::string(name));
            CHECK(attempt(name) == answer);
        }
        // A kernel without that door says ENOSYS, with it the filter says EPERM.
        const std::string x32 = attempt("x32-mount");
        CHECK((x32 == "EPERM" || x32 == "ENOSYS"));
    }

    TEST_CASE_FIXTURE(TinyRoot, "what ordinary programs need is not refused") {
        for (const char* const name :
             {"unshare-files",
              "personality-query",
              "personality-32",
              "ip-socket",
              "unix-socket",
              "netlink-socket",
              "write-null",
              "kill-init"}) {
            CAPTURE(std::string(name));
            CHECK(attempt(name) == "allowed");
        }
    }

    TEST_CASE_FIXTURE(TinyRoot, "devices can't be used, wherever they are made") {
        for (const char* const name :
             {"device-in-root", "device-in-dev", "device-in-shm", "device-in-run"}) {
            CAPTURE(std::string(name));
            const std::string answer = attempt(name);
            // As root they can be made for the image, but not opened; a user can't even make them.
            CHECK((answer == "EACCES" || answer == "EPERM"));
        }
        CHECK(attempt("chmod-null") == "EROFS");
        CHECK(attempt("chown-null") == "EROFS");
    }

    TEST_CASE_FIXTURE(TinyRoot, "the first process, a program of the host, is closed") {
        for (const char* const name : {"init-exe", "init-root", "init-memory"}) {
            CAPTURE(std::string(name));
            CHECK(attempt(name) == "EACCES");
        }
        CHECK(lines_of("ls /proc/1/fd 2>/dev/null | wc -l") == Lines{"0"});
        // Passwords of repositories and proxies may be among the arguments.
        CHECK(lines_of("tr -d '\\0' </proc/1/cmdline | wc -c") == Lines{"0"});
    }

    TEST_CASE_FIXTURE(TinyRoot, "a chroot leads back to the image's root at most") {
        CHECK(attempt("chroot-escape") == "EOPNOTSUPP");
    }

    TEST_CASE_FIXTURE(TinyRoot, "/proc and /sys can't be written, secrets in them not read") {
        // A shell may stop at the first redirection that fails, so each write has its own.
        const Lines answers = lines_of(
            "for file in /proc/sys/kernel/hostname /proc/sys/kernel/core_pattern "
            "/proc/self/oom_score_adj /proc/irq/default_smp_affinity /sys/kernel/mm/ksm/run "
            "/sys/kernel/uevent_helper /sys/power/state; do [ ! -e $file ] || sh -c \"echo x > "
            "$file\" 2>&1; done");
        CHECK(answers.size() >= 3);
        for (const std::string& answer : answers) {
            CAPTURE(answer);
            CHECK(answer.ends_with(": Read-only file system"));
        }
        // Masked files are /dev/null: they take what is written and give nothing.
        const Lines masked = lines_of("for name in kcore keys kmsg sysrq-trigger timer_list; do [ "
                                      "! -e /proc/$name ] || stat -c "
                                      "%t:%T /proc/$name; done");
        CHECK_FALSE(masked.empty());
        for (const std::string& device : masked) {
            CHECK(device == "1:3");
        }
        CHECK(
            lines_of("cat /proc/kcore /proc/kmsg /proc/keys /proc/timer_list 2>/dev/null | wc -c; "
                     "ls /sys/firmware 2>/dev/null | wc -l") == Lines{"0", "0"});
    }

    TEST_CASE_FIXTURE(TinyRoot, "files of the host's user are out of reach") {
        const imgbuild::test::TemporaryDirectory home;
        imgbuild::base::replace_file(home / "key", "secret");
        root.make_symlink("link", home / "key");
        root.make_symlink("dots", "../../../../../.." + (home / "key"));
        const Lines lines = lines_of(
            "cat " + (home / "key") + " /link /dots /proc/1/root" + (home / "key") +
            " /proc/1/cwd" + (home / "key") + " ../../.." + (home / "key") +
            " 2>/dev/null; echo end");
        CHECK(lines == Lines{"end"});
    }

    TEST_CASE_FIXTURE(TinyRoot, "only the image and what was given is mounted") {
        const Lines mounts = lines_of("cat /proc/self/mountinfo");
        for (const std::string& line : mounts) {
            CAPTURE(line);
            // No mount of the host's tree is left: the only directory of the host is the root.
            const bool is_root = line.find(" / / ") != std::string::npos;
            CHECK(
                (is_root || line.find(directory.path() + " / ") != std::string::npos ||
                 line.find(" /dev") != std::string::npos ||
                 line.find(" /proc") != std::string::npos ||
                 line.find(" /sys") != std::string::npos ||
                 line.find(" /run") != std::string::npos));
        }
        CHECK(lines_of("ls " + directory.path() + " 2>&1 | wc -l") == Lines{"1"});
    }

    TEST_CASE_FIXTURE(TinyRoot, "the capabilities are the promised ones") {
        const Lines lines =
            lines_of("while read -r name value; do case $name in Cap*|NoNewPrivs*|Seccomp:) echo "
                     "$name$value;; esac; done < /proc/self/status");
        // chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service sys_chroot
        // mknod audit_write setfcap
        CHECK(
            lines == Lines{
                         "CapInh:0000000000000000",
                         "CapPrm:00000000a80405fb",
                         "CapEff:00000000a80405fb",
                         "CapBnd:00000000a80405fb",
                         "CapAmb:0000000000000000",
                         "NoNewPrivs:0",
                         "Seccomp:2"});
        SandboxCommand command =
            shell("while read -r name value; do [ $name = CapBnd: ] && echo $value; done < "
                  "/proc/self/status");
        command.network = true;
        CHECK(run(command).last_lines == Lines{"00000000a80401fb"});
    }

    TEST_CASE_FIXTURE(TinyRoot, "a service of the host is out of reach") {
        const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof(address);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener.get(), generic, length) == 0);
        REQUIRE(::listen(listener.get(), 1) == 0);
        REQUIRE(::getsockname(listener.get(), generic, &length) == 0);
        root.make_symlink("bin/nc", "busybox");
        const std::string port = std::to_string(ntohs(address.sin_port));
        SandboxCommand command = shell("nc -w 2 127.0.0.1 " + port + " && echo connected");
        CHECK(run(command).status != 0);
        CHECK(lines_of("ip -o link | wc -l") == Lines{"1"});
    }

    TEST_CASE_FIXTURE(TinyRoot, "processes of the host can't be seen or killed") {
        const pid_t victim = ::fork();
        REQUIRE(victim >= 0);
        if (victim == 0) {
            ::pause();
            ::_exit(0);
        }
        lines_of("kill -9 " + std::to_string(victim) + " -1 2>&1; kill -9 -- -1 2>&1");
        CHECK(::waitpid(victim, nullptr, WNOHANG) == 0);
        ::kill(victim, SIGKILL);
        ::waitpid(victim, nullptr, 0);
    }

    TEST_CASE_FIXTURE(TinyRoot, "a daemon that stays does not") {
        const imgbuild::test::TemporaryDirectory host;
        SandboxCommand command = shell(
            "(setsid sh -c 'exec </dev/null >/dev/null 2>&1; while true; do echo x > /data/alive; "
            "sleep 0.01; done' &); while [ ! -e /data/alive ]; do sleep 0.01; done");
        command.binds = {{host.path(), "/data", false}};
        CHECK(run(command).status == 0);
        // run() came back, so the namespace with everything in it is gone.
        imgbuild::base::remove_tree(host / "alive");
        ::usleep(100000);
        CHECK_FALSE(imgbuild::base::exists(host / "alive"));
    }

    TEST_CASE_FIXTURE(TinyRoot, "killing its own first process does not work") {
        CHECK(lines_of("kill -9 1; echo survived") == Lines{"survived"});
    }
}
