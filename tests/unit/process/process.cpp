// SPDX-License-Identifier: Apache-2.0
#include "process/process.hpp"

#include "base/cancel.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

using imgbuild::base::Context;
using imgbuild::base::Error;
using imgbuild::process::Command;
using imgbuild::process::find_program;
using imgbuild::process::ProcessError;
using imgbuild::process::Result;
using imgbuild::test::TemporaryDirectory;

namespace {

struct Fixture {
    imgbuild::base::SilentReporter reporter;
    imgbuild::base::ThreadPool pool{1};
    std::stop_source source;
    Context context{reporter, pool, source.get_token()};
};

Command shell(const std::string& script) {
    Command command;
    command.argv = {"/bin/sh", "-c", script};
    return command;
}

/// Waits until a process is gone; a zombie of somebody else counts as gone.
bool vanishes(pid_t pid) {
    for (int i = 0; i < 500; ++i) {
        if (::kill(pid, 0) != 0 && errno == ESRCH) {
            return true;
        }
        const std::string stat =
            imgbuild::base::read_file("/proc/" + std::to_string(pid) + "/stat");
        if (stat.find(") Z ") != std::string::npos) {
            return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

} // namespace

TEST_SUITE("process::run") {
    TEST_CASE_FIXTURE(Fixture, "gives output, status and lines of standard error") {
        Command command = shell("echo out; echo err >&2; echo more >&2; exit 3");
        std::vector<std::string> lines;
        command.on_line = [&](std::string_view line) { lines.emplace_back(line); };
        const Result result = run(command, context);
        CHECK(result.status == 3);
        CHECK(result.output == "out\n");
        CHECK(lines == std::vector<std::string>{"err", "more"});
        CHECK(result.last_lines == lines);
    }

    TEST_CASE_FIXTURE(Fixture, "merged output keeps its order") {
        Command command = shell("echo 1; echo 2 >&2; echo 3");
        command.merge_output = true;
        const Result result = run(command, context);
        CHECK(result.output.empty());
        CHECK(result.last_lines == std::vector<std::string>{"1", "2", "3"});
    }

    TEST_CASE_FIXTURE(Fixture, "gives input, also more than a pipe holds") {
        Command command;
        command.argv = {"wc", "-c"};
        command.input = std::string(300000, 'x');
        CHECK(run_or_throw(command, context) == "300000\n");
        command.input.clear();
        CHECK(run_or_throw(command, context) == "0\n");
    }

    TEST_CASE_FIXTURE(Fixture, "a signal becomes 128 + its number and is named") {
        CHECK(run(shell("kill -TERM $$"), context).status == 128 + SIGTERM);
        CHECK_THROWS_WITH_AS(
            run_or_throw(shell("kill -KILL $$"), context),
            "/bin/sh was ended by SIGKILL",
            ProcessError);
    }

    TEST_CASE_FIXTURE(Fixture, "a failing program is an error with its last lines") {
        try {
            run_or_throw(shell("echo broken >&2; exit 7"), context);
            FAIL("must throw");
        } catch (const ProcessError& error) {
            CHECK(std::string(error.what()) == "/bin/sh ended with status 7");
            CHECK(error.status() == 7);
            CHECK(error.details() == std::vector<std::string>{"broken"});
        }
    }

    TEST_CASE_FIXTURE(Fixture, "what can't be started is named, with the step") {
        Command command;
        command.argv = {"no-such-program"};
        CHECK_THROWS_WITH_AS(
            run(command, context), "the program no-such-program was not found", Error);
        command.argv = {"/nowhere/program"};
        CHECK_THROWS_WITH_AS(
            run(command, context),
            "starting /nowhere/program: No such file or directory",
            imgbuild::base::SystemError);
        command = shell("true");
        command.working_directory = "/nowhere";
        CHECK_THROWS_WITH_AS(
            run(command, context),
            "changing to the directory /nowhere for /bin/sh: No such file or directory",
            imgbuild::base::SystemError);
    }

    TEST_CASE_FIXTURE(Fixture, "environment, directory, umask and descriptors are fixed") {
        const TemporaryDirectory directory;
        Command command = shell("echo \"$FOO:$HOME:$USER\"; pwd; umask; ls /proc/self/fd");
        command.environment = {{"FOO", "bar"}, {"PATH", "/usr/bin:/bin"}};
        command.working_directory = directory.path();
        // 3 is the directory that ls itself reads.
        CHECK(
            run_or_throw(command, context) ==
            "bar::\n" + directory.path() + "\n0022\n0\n1\n2\n3\n");
    }

    TEST_CASE_FIXTURE(Fixture, "signals are not inherited ignored or blocked") {
        ::signal(SIGPIPE, SIG_IGN);
        const std::string status = run_or_throw(shell("cat /proc/self/status"), context);
        ::signal(SIGPIPE, SIG_DFL);
        CHECK(status.find("SigBlk:\t0000000000000000") != std::string::npos);
        CHECK(status.find("SigIgn:\t0000000000000000") != std::string::npos);
    }

    TEST_CASE_FIXTURE(Fixture, "more output than allowed is an error") {
        Command command = shell("yes");
        command.output_limit = 1000;
        CHECK_THROWS_WITH_AS(run(command, context), "/bin/sh wrote more than 1.00 kB", Error);
    }

    TEST_CASE_FIXTURE(Fixture, "what is left running does not keep us waiting and is killed") {
        const std::string output = run_or_throw(shell("sleep 1000 & echo $!; exec 0<&-"), context);
        CHECK(vanishes(static_cast<pid_t>(std::stol(output))));
    }

    TEST_CASE_FIXTURE(Fixture, "a stop ends the whole group, even if SIGTERM is ignored") {
        Command command = shell("trap '' TERM; sleep 1000 & echo $! >&2; wait; sleep 1000");
        pid_t background = 0;
        command.on_line = [&](std::string_view line) {
            background = static_cast<pid_t>(std::stol(std::string(line)));
            source.request_stop();
        };
        CHECK_THROWS_AS(run(command, context), imgbuild::base::Interrupted);
        REQUIRE(background > 0);
        CHECK(vanishes(background));
    }

    TEST_CASE_FIXTURE(Fixture, "a time limit ends the whole group") {
        Command command = shell("trap '' TERM; sleep 1000 & echo $! >&2; wait; sleep 1000");
        pid_t background = 0;
        command.on_line = [&](std::string_view line) {
            background = static_cast<pid_t>(std::stol(std::string(line)));
        };
        command.time_limit = std::chrono::milliseconds(1500);
        CHECK_THROWS_WITH_AS(
            run(command, context),
            "/bin/sh has not ended after 1.5 s",
            imgbuild::process::OverTimeError);
        REQUIRE(background > 0);
        CHECK(vanishes(background));
        // Who is in time is left alone.
        Command quick = shell("echo in time");
        quick.time_limit = std::chrono::minutes(10);
        CHECK(run(quick, context).output == "in time\n");
    }

    TEST_CASE_FIXTURE(Fixture, "an exception of on_line ends the program and travels on") {
        Command command = shell("echo $$ >&2; sleep 1000");
        pid_t started = 0;
        command.on_line = [&](std::string_view line) {
            started = static_cast<pid_t>(std::stol(std::string(line)));
            throw std::runtime_error("enough");
        };
        CHECK_THROWS_WITH_AS(run(command, context), "enough", std::runtime_error);
        CHECK(vanishes(started));
    }

    TEST_CASE("find_program") {
        CHECK(find_program("sh").has_value());
        CHECK_FALSE(find_program("no-such-program").has_value());
        CHECK_FALSE(find_program("/etc/passwd").has_value());
        CHECK_FALSE(find_program("/etc").has_value());
    }
}
