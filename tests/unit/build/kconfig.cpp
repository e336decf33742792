// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "build/script_environment.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>

using namespace imgbuild;

namespace {

struct Answer {
    int status = -1;
    /// Standard output and error.
    std::string output;
};

/// The functions, with the image's directories inside a temporary one.
class Scene : public test::TemporaryDirectory {
public:
    Answer run(const std::string& script) const {
        std::string functions(build::kconfig_text());
        for (const std::string name : {"/usr/", "/etc/"}) {
            const std::string inside = path() + name;
            for (std::size_t at = 0; (at = functions.find(name, at)) != std::string::npos;
                 at += inside.size()) {
                functions.replace(at, name.size(), inside);
            }
        }
        base::replace_file(*this / "kconfig", functions);
        base::replace_file(*this / "script", ". " + (*this / "kconfig") + "\n" + script + "\n");
        const std::string command = "cd " + path() + " && bash script 2>&1";
        FILE* const pipe = ::popen(command.c_str(), "r");
        REQUIRE(pipe != nullptr);
        Answer answer;
        std::array<char, 512> buffer{};
        while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
            answer.output.append(buffer.data(), size);
        }
        const int status = ::pclose(pipe);
        answer.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        return answer;
    }

    std::string text(const std::string& name) const { return base::read_file(*this / name); }

    bool has(const std::string& name) const { return base::exists(*this / name); }
};

} // namespace

TEST_SUITE("kconfig") {
    TEST_CASE("baseUpdateSysConfig changes a variable that is there, in place") {
        const Scene scene;
        base::replace_file(scene / "file", "# A=\nA=1\n  AB=2\nB='x'\nA_B=3", 0600);
        const Answer answer = scene.run(R"(
            baseUpdateSysConfig file A 'new value & /\1'
            baseUpdateSysConfig file B ''
            baseUpdateSysConfig file C unknown)");
        CHECK(answer.status == 0);
        CHECK(answer.output.empty());
        CHECK(scene.text("file") == "# A=\nA=\"new value & /\\1\"\n  AB=2\nB=\"\"\nA_B=3\n");
        struct stat status = {};
        REQUIRE(::stat((scene / "file").c_str(), &status) == 0);
        CHECK((status.st_mode & 07777U) == 0600);
    }

    TEST_CASE("baseUpdateSysConfig without its file") {
        const Answer answer = Scene().run("baseUpdateSysConfig gone A 1");
        CHECK(answer.status == 1);
        CHECK(answer.output == "baseUpdateSysConfig: no such file: gone\n");
    }

    TEST_CASE("baseStripLocales keeps the languages named and C") {
        const Scene scene;
        for (const char* const name :
             {"usr/share/locale/de",
              "usr/share/locale/de_DE",
              "usr/share/locale/de_AT",
              "usr/share/locale/en",
              "usr/share/locale/fr",
              "usr/lib/locale/C.utf8",
              "usr/lib/locale/de_DE.utf8",
              "usr/lib/locale/fr_FR.utf8"}) {
            base::make_directories(scene / name);
        }
        base::replace_file(scene / "usr/lib/locale/locale-archive", "x");
        base::replace_file(scene / "usr/share/locale/locale.alias", "x");
        CHECK(scene.run("baseStripLocales de_DE.UTF-8 en").status == 0);
        CHECK(scene.has("usr/share/locale/de"));
        CHECK(scene.has("usr/share/locale/de_DE"));
        CHECK_FALSE(scene.has("usr/share/locale/de_AT"));
        CHECK(scene.has("usr/share/locale/en"));
        CHECK_FALSE(scene.has("usr/share/locale/fr"));
        CHECK(scene.has("usr/lib/locale/C.utf8"));
        CHECK(scene.has("usr/lib/locale/de_DE.utf8"));
        CHECK_FALSE(scene.has("usr/lib/locale/fr_FR.utf8"));
        CHECK(scene.has("usr/lib/locale/locale-archive"));
        CHECK(scene.has("usr/share/locale/locale.alias"));
    }

    TEST_CASE("baseSetRunlevel makes the link that systemd reads") {
        const Scene scene;
        const auto link = [&scene] {
            std::array<char, 200> target{};
            const std::string path = scene / "etc/systemd/system/default.target";
            const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
            return std::string(target.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        };
        CHECK(scene.run("baseSetRunlevel 3").status == 0);
        CHECK(link() == "/lib/systemd/system/multi-user.target");
        CHECK(scene.run("baseSetRunlevel 5").status == 0);
        CHECK(link() == "/lib/systemd/system/graphical.target");
        CHECK(scene.run("baseSetRunlevel basic.target").status == 0);
        CHECK(link() == "/lib/systemd/system/basic.target");
        const Answer answer = scene.run("baseSetRunlevel six");
        CHECK(answer.status == 1);
        CHECK(answer.output == "baseSetRunlevel: no such runlevel: six\n");
    }

    TEST_CASE("services are switched by systemctl") {
        const Answer answer = Scene().run(R"(
            systemctl() { echo "systemctl $*"; }
            baseInsertService a
            baseRemoveService b
            suseInsertService c
            suseRemoveService d
            baseService e on
            baseService f off
            baseService g maybe)");
        CHECK(answer.status == 1);
        CHECK(
            answer.output == "systemctl --quiet enable a\n"
                             "systemctl --quiet disable b\n"
                             "systemctl --quiet enable c\n"
                             "systemctl --quiet disable d\n"
                             "systemctl --quiet enable e\n"
                             "systemctl --quiet disable f\n"
                             "baseService: expected \"on\" or \"off\" behind g, not \"maybe\"\n");
    }

    TEST_CASE("small helpers") {
        const Scene scene;
        base::make_directories(scene / "a tree/below");
        const Answer answer = scene.run("Echo -n two words; Rm 'a tree' gone; Debug d; "
                                        "baseCleanMount");
        CHECK(answer.status == 0);
        CHECK(answer.output == "-n two words\nremoving a tree\nremoving gone\ndebug: d\n");
        CHECK_FALSE(scene.has("a tree"));
    }

    TEST_CASE("Rm takes the options of rm, and names that look like some") {
        const Scene scene;
        base::make_directories(scene / "tree/below");
        base::replace_file(scene / "-x", "");
        const Answer answer = scene.run("Rm -rf -v tree; Rm -- -x");
        CHECK(answer.status == 0);
        CHECK(
            answer.output == "removing tree\nremoved directory 'tree/below'\n"
                             "removed directory 'tree'\nremoving -x\n");
        CHECK_FALSE(scene.has("tree"));
        CHECK_FALSE(scene.has("-x"));
    }

    TEST_CASE("a helper that there is none of is named with those there are") {
        const Answer answer = Scene().run("baseMagic 1");
        CHECK(answer.status == 127);
        CHECK(
            answer.output ==
            "script: line 2: there is no helper function baseMagic; there are baseUpdateSysConfig, "
            "baseSetRunlevel, baseService, baseInsertService, baseRemoveService, "
            "suseInsertService, suseRemoveService, baseCleanMount, baseStripLocales, Echo, Rm, "
            "Debug\n");
        const Answer other = Scene().run("no-such-program");
        CHECK(other.status == 127);
        CHECK(other.output == "script: no-such-program: command not found\n");
    }
}
