// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/cancel.hpp"
#include "base/context.hpp"
#include "base/file.hpp"
#include "root/root.hpp"
#include "root/sandbox.hpp"
#include "support/temporary_directory.hpp"

#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace imgbuild::test {

/// A root with a shell (busybox) and the probe; what runs in it, and what it wrote.
class TinyRoot {
public:
    TinyRoot() {
        ::chmod(directory.path().c_str(), 0755);
        root.make_directories("bin", {0755});
        root.make_directories("etc", {0755});
        root.make_directory("root", {0700});
        root.make_directory("tmp", {01777});
        for (const char* const name : {"dev", "proc", "sys", "run"}) {
            root.make_directory(name, {0755});
        }
        root.write(
            "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n", {0644});
        root.write("etc/group", "root:x:0:\nuser:x:1000:\n", {0644});
        root.write("bin/busybox", base::read_file("/bin/busybox"), {0755});
        for (const char* const applet :
             {"cat", "chmod",    "chown", "chroot", "dd",    "echo",   "env",   "hostname",
              "id",  "ip",       "kill",  "ls",     "mkdir", "mknod",  "mount", "ps",
              "pwd", "readlink", "rm",    "setsid", "sh",    "sleep",  "stat",  "stty",
              "su",  "sync",     "touch", "true",   "tty",   "umount", "uname", "wc"}) {
            root.make_symlink(std::string("bin/") + applet, "busybox");
        }
        const char* const probe = std::getenv("IMGBUILD_PROBE");
        if (probe == nullptr) {
            throw std::runtime_error("IMGBUILD_PROBE must name the probe program");
        }
        root.write("bin/probe", base::read_file(probe), {0755});
    }

    static imgbuild::root::SandboxCommand shell(const std::string& script) {
        imgbuild::root::SandboxCommand command;
        command.argv = {"sh", "-c", script};
        command.environment = {{"PATH", "/bin"}, {"HOME", "/root"}};
        return command;
    }

    imgbuild::root::SandboxResult run(const imgbuild::root::SandboxCommand& command) {
        return imgbuild::root::Sandbox(directory.path()).run(command, context);
    }

    /// Lines that a script wrote (at most 40).
    std::vector<std::string> lines_of(const std::string& script) {
        return run(shell(script)).last_lines;
    }

    /// What the probe says to an attempt: "allowed" or the name of an errno.
    std::string attempt(const std::string& name) {
        imgbuild::root::SandboxCommand command = shell({});
        command.argv = {"probe", name};
        const std::vector<std::string> lines = run(command).last_lines;
        return lines.size() == 1 ? lines[0] : "no answer";
    }

    TemporaryDirectory directory;
    imgbuild::root::Root root = imgbuild::root::Root::open(directory.path());
    base::SilentReporter reporter;
    base::ThreadPool pool{1};
    std::stop_source source;
    base::Context context{reporter, pool, source.get_token()};
};

} // namespace imgbuild::test
