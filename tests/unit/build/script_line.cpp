// SPDX-License-Identifier: Apache-2.0
#include "build/script_line.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace imgbuild;

namespace {

/// A script run by bash under watch.
class Scene : public test::TemporaryDirectory {
public:
    int run(const std::string& text) {
        base::replace_file(*this / "watch", build::watch_text(*this / "script", *this / "line"));
        base::replace_file(*this / "script", text);
        const std::string command =
            "cd " + path() + " && BASH_ENV=watch bash " + (*this / "script") + " >output 2>&1";
        status = std::system(command.c_str());
        output = base::read_file(*this / "output");
        std::vector<std::string> lines;
        for (const std::string_view line : base::split_lines(output)) {
            lines.emplace_back(line);
        }
        const auto noted = base::parse_number(base::trim(base::read_file(*this / "line")));
        return build::failed_line(
            static_cast<int>(noted.value_or(0)), *this / "script", text, lines);
    }

    int status = 0;
    std::string output;
};

int said(const std::string& text, const std::vector<std::string>& last_lines) {
    return build::failed_line(0, "/image/config.sh", text, last_lines);
}

} // namespace

TEST_SUITE("script line") {
    TEST_CASE("bash is watched to the line that ended it") {
        Scene scene;
        CHECK(scene.run("set -e\ntrue\nfalse\ntrue\n") == 3);
        CHECK(scene.status != 0);
        CHECK(scene.run("echo\nexit 3\n") == 2);
        CHECK(scene.run("set -e\nf() {\n    false\n}\nf\n") == 3);
    }

    TEST_CASE("a function of another file counts as the line that calls it") {
        Scene scene;
        base::replace_file(scene / "functions", "f() {\n:\n:\n:\n:\n    false\n}\n");
        CHECK(scene.run("set -e\n. ./functions\nf\n") == 3);
    }

    TEST_CASE("set -x shows the script's commands and no others") {
        Scene scene;
        CHECK(scene.run("set -x\necho one\nexit 3\n") == 3);
        CHECK(scene.output == "+ echo one\none\n+ exit 3\n");
    }

    TEST_CASE("a syntax error is at most at the last line") {
        Scene scene;
        CHECK(scene.run("echo hi\nif true; then\n") == 2);
        CHECK(scene.run("echo hi\nfi\necho\necho\n") == 2);
    }

    TEST_CASE("a helper function that there is none of is found in the output") {
        const std::string script = "/image/config.sh";
        const auto found = build::unknown_helper(
            script + ": line 4: there is no helper function baseX; there are A, B", script);
        REQUIRE(found);
        CHECK(found->line == 4);
        CHECK(found->message == "there is no helper function baseX; there are A, B");
        CHECK_FALSE(build::unknown_helper(script + ": line 4: x: command not found", script));
        CHECK_FALSE(build::unknown_helper("there is no helper function baseX", script));
    }

    TEST_CASE("dash says the line itself") {
        const std::string text = "set -e\necho\nnope\n";
        CHECK(said(text, {"", "/image/config.sh: 3: nope: not found"}) == 3);
        // What was said before other output need not be the end.
        CHECK(said(text, {"/image/config.sh: 2: nope: not found", "more"}) == 0);
        CHECK(said(text, {"/image/config.sh.2: 3: nope"}) == 0);
        CHECK(said(text, {"/image/config.sh: 99999999999999: nope"}) == 0);
        CHECK(
            said("if true\n", {"/image/config.sh: 2: Syntax error: end of file unexpected"}) == 1);
        CHECK(said(text, {}) == 0);
    }
}
