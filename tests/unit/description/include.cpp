// SPDX-License-Identifier: Apache-2.0
#include "description/include.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "support.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

using namespace imgbuild;
using namespace imgbuild::description;
using namespace imgbuild::description::test;

namespace {

/// A directory of files; "config.xml" in it is the description.
class Files {
public:
    void write(const std::string& name, const std::string& text) const {
        const std::string path = at(name);
        base::make_directories(path.substr(0, path.rfind('/')));
        base::replace_file(path, text);
    }

    std::string at(const std::string& name) const { return directory_.path() + "/d/" + name; }

    /// What is wrong with the description; `check` too if `is_checked`. The directory is left out.
    std::string errors(bool is_checked = false) const {
        std::string text;
        try {
            const Description description = Description::load(at("config.xml"));
            if (is_checked) {
                Selection selection;
                selection.architecture = "x86_64";
                text = with_files(description.check(selection));
            }
        } catch (const base::DescriptionError& error) {
            text = with_files(error.diagnostics());
        }
        for (std::size_t place = text.find(at("")); place != std::string::npos;
             place = text.find(at(""))) {
            text.erase(place, at("").size());
        }
        return text;
    }

    static std::string with_files(const std::vector<base::Diagnostic>& diagnostics) {
        std::string text;
        for (const base::Diagnostic& diagnostic : diagnostics) {
            text += diagnostic.position.file + ":" + render({diagnostic});
        }
        return text;
    }

private:
    imgbuild::test::TemporaryDirectory directory_;
};

} // namespace

TEST_CASE("what is included takes the place of its <include>, and is upgraded with the rest") {
    const Files files;
    files.write(
        "config.xml",
        "<image schemaversion=\"8.1\" name=\"node\">\n"
        "<include from=\"file://parts/first.xml\"/>\n"
        "<repository alias=\"last\"><source path=\"http://h/2\"/></repository>\n"
        "<include from=\" parts/users.xml \"/>\n"
        "</image>");
    files.write(
        "parts/first.xml",
        "\xEF\xBB\xBF<image>\n"
        "<include from=\"parts/description.xml\"/>\n"
        "<repository alias=\"first\" use_for_bootstrap=\"true\"><source "
        "path=\"http://h/1\"/></repository>"
        "<preferences><version>1</version><packagemanager>apt</packagemanager>"
        "<type image=\"warewulf\"/></preferences></image>");
    files.write(
        "parts/description.xml",
        "<image name=\"x\" schemaversion=\"6.0\"><description type=\"system\"><author>A</author>"
        "<contact>c</contact><specification>s</specification></description></image>");
    files.write(
        "parts/users.xml", "<image><users>\n\t<user name=\"u\" password=\"p\"/></users></image>");
    CHECK(files.errors() == "");
    const Model model = Description::load(files.at("config.xml")).model();
    CHECK(model.author == "A");
    REQUIRE(model.repositories.size() == 2);
    CHECK(model.repositories[0].repository.alias == "first");
    CHECK(model.repositories[1].repository.alias == "last");
    REQUIRE(model.users.size() == 1);
    CHECK(
        base::to_string(model.users[0].users[0].position) == files.at("parts/users.xml") + ":2:14");
    CHECK(model.includes.empty());
}

TEST_CASE("messages about what is included name its own file and line") {
    const Files files;
    files.write(
        "config.xml",
        document(
            "<include from=\"b.xml\"/>\n<packages type=\"imag\"/>\n<include from=\"a.xml\"/>"));
    files.write("a.xml", "<image>\n  <users/>\n</image>");
    files.write("b.xml", "<image>\n <packages\n  typ=\"image\"/></image>");
    CHECK(
        files.errors() ==
        "a.xml:2:3-8 error E103: <users> lacks <user>\n"
        "  hint: add <user> inside it\n"
        "b.xml:3:3-5 error E102: unknown attribute typ of <packages>\n"
        "  hint: did you mean type? here may stand type, profiles, patternType or "
        "bootstrap_package\n"
        "config.xml:5:17-20 error E105: \"imag\" is no value for the attribute type of <packages>\n"
        "  hint: did you mean image? it may be bootstrap, delete, docker, image, iso, oem and 6 "
        "more\n");
    files.write("b.xml", "<image>\n<users></image>");
    CHECK(
        files.errors() ==
        "b.xml:2:8 error E111: </image> does not close <users>, which is open since line 2\n"
        "  hint: write </users> in front of it\n"
        "  2:1: <users> was opened here\n");
}

TEST_CASE("a file that is not there does not change the schema's verdict, but it is an error") {
    const Files files;
    files.write("config.xml", document("<include from=\"file://gone.xml\"/>"));
    CHECK(files.errors() == "");
    CHECK(
        files.errors(true).find("config.xml:4:16-30 error E272: there is no file gone.xml to "
                                "include\n  hint: paths are relative to the description's "
                                "directory\n") != std::string::npos);
}

TEST_CASE("only files of the description's directory are included") {
    const Files files;
    files.write("../secret.xml", "<image/>");
    base::make_directories(files.at("folder"));
    std::filesystem::create_symlink("../secret.xml", files.at("link.xml"));
    const auto said = [&](const std::string& from) {
        files.write("config.xml", document("<include from=\"" + from + "\"/>"));
        return files.errors();
    };
    const std::string hint = "  hint: put a copy beside config.xml\n";
    CHECK(
        said("../secret.xml") == "config.xml:4:16-28 error E281: ../secret.xml lies outside of the "
                                 "description's directory\n" +
                                     hint);
    CHECK(
        said("file:///etc/passwd") == "config.xml:4:16-33 error E281: file:///etc/passwd lies "
                                      "outside of the description's directory\n" +
                                          hint);
    CHECK(
        said("link.xml") ==
        "config.xml:4:16-23 error E281: link.xml lies outside of the description's directory\n" +
            hint);
    CHECK(said("folder") == "config.xml:4:16-21 error E282: folder is no file\n");
}

TEST_CASE("files that include each other, or no description") {
    const Files files;
    files.write("config.xml", document("<include from=\"a.xml\"/>"));
    files.write("a.xml", "<image><include from=\"b.xml\"/></image>");
    files.write("b.xml", "<image>\n<include from=\"file://a.xml\"/></image>");
    CHECK(
        files.errors() == "b.xml:2:16-27 error E283: the file includes itself: a.xml → b.xml → "
                          "a.xml\n  hint: remove one of the <include> elements\n");
    files.write("b.xml", "<image><include from=\"config.xml\"/></image>");
    CHECK(
        files.errors() == "b.xml:1:23-32 error E283: the file includes itself: config.xml → a.xml "
                          "→ b.xml → config.xml\n  hint: remove one of the <include> elements\n");
    files.write("a.xml", "<users/>");
    CHECK(
        files.errors() ==
        "config.xml:4:16-20 error E285: the outermost element of a.xml is <users>, not <image>\n"
        "  hint: write <image> around what is included; it needs no attributes\n");
}

TEST_CASE("files that include others several times are bounded") {
    const Files files;
    files.write("config.xml", document("<include from=\"0.xml\"/>"));
    for (int i = 0; i < 12; ++i) {
        const std::string next = std::to_string(i + 1) + ".xml";
        const std::string include = "<include from=\"" + next + "\"/>";
        files.write(std::to_string(i) + ".xml", "<image>" + include + include + "</image>");
    }
    files.write("12.xml", "<image/>");
    const std::string said = files.errors();
    CHECK(
        said.find("error E284: the description includes more than 500 files or 67.1 MB, or more "
                  "than 20 deep\n  hint: look for files that include others several times\n") !=
        std::string::npos);
}
