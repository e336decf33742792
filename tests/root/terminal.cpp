// SPDX-License-Identifier: Apache-2.0
// A user at a terminal who runs a command inside the image.
#include "tiny_root.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <cstring>

using imgbuild::base::UniqueFd;
using imgbuild::root::SandboxCommand;
using imgbuild::test::TinyRoot;

namespace {

/// The user's terminal and the imgbuild that runs at it.
class User {
public:
    User(TinyRoot& tiny, const SandboxCommand& command) {
        int master = -1;
        int slave = -1;
        winsize size = {};
        size.ws_row = 33;
        size.ws_col = 99;
        REQUIRE(::openpty(&master, &slave, nullptr, nullptr, &size) == 0);
        terminal_.reset(master);
        slave_.reset(slave);
        REQUIRE(::tcgetattr(slave, &before_) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::setsid();
            ::ioctl(slave, TIOCSCTTY, 0);
            ::dup2(slave, STDIN_FILENO);
            ::dup2(slave, STDOUT_FILENO);
            try {
                ::_exit(tiny.run(command).status);
            } catch (const std::exception& error) {
                imgbuild::base::write_all(STDOUT_FILENO, error.what(), "the terminal");
                ::_exit(99);
            }
        }
    }

    User(const User&) = delete;
    User& operator=(const User&) = delete;

    ~User() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }

    void type(std::string_view keys) const {
        imgbuild::base::write_all(terminal_.get(), keys, "the terminal");
    }

    /// Reads what is shown until `text` is in it. @returns false if it never comes.
    bool sees(std::string_view text) {
        while (screen_.find(text) == std::string::npos) {
            constexpr int patience_ms = 20000;
            pollfd waited = {terminal_.get(), POLLIN, 0};
            std::array<char, 4096> buffer;
            if (::poll(&waited, 1, patience_ms) != 1) {
                return false;
            }
            const ssize_t got = ::read(terminal_.get(), buffer.data(), buffer.size());
            if (got <= 0) {
                return false;
            }
            screen_.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return true;
    }

    const std::string& screen() const { return screen_; }

    int status() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    /// True if the terminal behaves as it did before.
    bool is_restored() const {
        termios now = {};
        return ::tcgetattr(slave_.get(), &now) == 0 && now.c_lflag == before_.c_lflag &&
               now.c_iflag == before_.c_iflag && now.c_oflag == before_.c_oflag;
    }

private:
    UniqueFd terminal_;
    UniqueFd slave_;
    termios before_ = {};
    pid_t pid_ = -1;
    std::string screen_;
};

SandboxCommand interactive(const std::string& script) {
    SandboxCommand command = TinyRoot::shell(script);
    command.interactive = true;
    return command;
}

} // namespace

TEST_SUITE("interactive commands") {
    TEST_CASE_FIXTURE(TinyRoot, "have a terminal of their own, with the user's window size") {
        User user(*this, interactive("tty; stty size; read -r line; echo got:$line; exit 5"));
        CHECK(user.sees("/dev/pts/0\r\n33 99\r\n"));
        user.type("hello\r");
        CHECK(user.sees("got:hello\r\n"));
        CHECK(user.status() == 5);
        CHECK(user.is_restored());
    }

    TEST_CASE_FIXTURE(TinyRoot, "Ctrl-C goes to the command, not to imgbuild") {
        User user(
            *this,
            interactive(
                "trap 'echo caught; exit 9' INT; echo ready; while true; do sleep 1; done"));
        REQUIRE(user.sees("ready"));
        user.type("\x03");
        CHECK(user.sees("caught"));
        CHECK(user.status() == 9);
        CHECK(user.is_restored());
    }

    TEST_CASE_FIXTURE(TinyRoot, "their console is their terminal; the user's is not theirs") {
        User user(
            *this,
            interactive("echo to-console > /dev/console; ls /dev/pts; probe tiocsti; echo end"));
        CHECK(user.sees("end"));
        CHECK(user.screen().find("to-console\r\n0") != std::string::npos);
        CHECK(user.screen().find("EPERM") != std::string::npos);
        CHECK(user.status() == 0);
    }

    TEST_CASE_FIXTURE(TinyRoot, "output that comes last is not lost") {
        User user(
            *this, interactive("i=0; while [ $i -lt 2000 ]; do echo line-$i; i=$((i+1)); done"));
        CHECK(user.sees("line-1999\r\n"));
        CHECK(user.status() == 0);
    }
}
