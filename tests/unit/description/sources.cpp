// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "description/beside.hpp"
#include "support.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace imgbuild;
using namespace imgbuild::description;
using namespace imgbuild::description::test;
using imgbuild::test::TemporaryDirectory;

namespace {

void put(const std::string& path, const std::string& content = "x") {
    base::make_directories(path.substr(0, path.rfind('/')));
    base::replace_file(path, content);
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), by);
    }
    return text;
}

template <typename Error, typename Action>
std::string message_of(const Action& action) {
    try {
        action();
    } catch (const Error& error) {
        return std::string(error.what()) + "\n" + error.hint();
    }
    return "nothing was thrown";
}

} // namespace

TEST_CASE("a directory stands for its config.xml, else for its only *.kiwi") {
    const TemporaryDirectory directory;
    const auto find = [&](const std::string& path) {
        return replaced(
            message_of<base::UsageError>([&] { find_description_file(path); }),
            directory.path(),
            "DIR");
    };
    CHECK(
        find(directory / "none") ==
        "there is no description DIR/none\n"
        "name a directory with a config.xml or one *.kiwi file, or the file itself");
    CHECK(
        find(directory.path()) ==
        "directory DIR holds no description\na description is a config.xml or a *.kiwi file");
    put(directory / "b.kiwi");
    CHECK(find_description_file(directory.path()) == directory / "b.kiwi");
    put(directory / "a.kiwi");
    CHECK(
        find(directory.path()) ==
        "directory DIR holds several descriptions: a.kiwi, b.kiwi\nname the file");
    CHECK(find_description_file(directory / "a.kiwi") == directory / "a.kiwi");
    put(directory / "config.xml");
    CHECK(find_description_file(directory.path()) == directory / "config.xml");
}

TEST_CASE("a description is loaded from its directory") {
    const TemporaryDirectory directory;
    put(directory / "node.kiwi", document(""));
    const Request request = Description::load(directory.path()).narrow({});
    CHECK(request.file == directory / "node.kiwi");
    CHECK(request.directory == directory.path());
}

TEST_CASE("archives, files, scripts and keys that are not there, or elsewhere") {
    const TemporaryDirectory directory;
    const std::string description = directory / "description";
    put(description + "/tools.tar.xz");
    put(description + "/etc/motd");
    put(directory / "outside.tar");
    REQUIRE(::symlink("../outside.tar", (description + "/link.tar").c_str()) == 0);
    const std::string sections = R"(<packages type="image">
<archive name="tools.tar.xz"/>
<archive name="tols.tar.xz"/>
<archive name="other.tar"/>
<archive name="../outside.tar"/>
<archive name="link.tar"/>
<archive name="/etc/passwd"/>
<archive name="etc"/>
<archive name="/DIR/tools.tar.xz"/>
<archive name=""/>
<file name="etc/motd"/>
<file name="etc/modt"/>
</packages>
<packages type="bootstrap"><archive name="gone.tar"/></packages>
<repository customize="fix.sh"><source path="http://h/"><signing key="file:key.asc"/><signing key="file:///nonexistent/key.asc"/></source></repository>)";
    CHECK(
        replaced(
            findings_of(
                document(replaced(sections, "DIR", description.substr(1))), {}, description),
            description,
            "/DIR") ==
        R"(6:16-26 error E240: there is no archive "tols.tar.xz" beside the description
  hint: did you mean tools.tar.xz?
7:16-24 error E240: there is no archive "other.tar" beside the description
  hint: it is looked for as /DIR/other.tar
8:16-29 error E242: archive "../outside.tar" is outside the description's directory
  hint: put it beside the description; links must not lead out either
9:16-23 error E242: archive "link.tar" is outside the description's directory
  hint: put it beside the description; links must not lead out either
10:16-26 error E242: archive "/etc/passwd" is outside the description's directory
  hint: put it beside the description; links must not lead out either
11:16-18 error E245: archive "etc" is not a file
13:16 error E240: there is no archive "" beside the description
  hint: it is looked for as /DIR/
15:13-20 error E241: there is no file "etc/modt" beside the description
  hint: did you mean motd?
17:43-50 error E240: there is no archive "gone.tar" beside the description
  hint: it is looked for as /DIR/gone.tar
18:1 note N205: repository "repository-1": customize has no effect yet
18:24-29 error E244: there is no script "fix.sh" beside the description
  hint: it is looked for as /DIR/fix.sh
18:71-82 error E243: repository "repository-1": there is no key file /DIR/key.asc
18:100-126 error E243: repository "repository-1": there is no key file /nonexistent/key.asc
)");
}

TEST_CASE("keys that lead out of the directory") {
    const TemporaryDirectory directory;
    const std::string description = directory / "description";
    put(description + "/keys/inside.asc");
    put(directory / "outside.asc");
    REQUIRE(::symlink("../outside.asc", (description + "/link.asc").c_str()) == 0);
    const std::string sections = R"(<repository alias="r"><source path="http://h/">
<signing key="file:keys/inside.asc"/>
<signing key="file:../outside.asc"/>
<signing key="file://keys/../../outside.asc"/>
<signing key="file:link.asc"/>
<signing key="file:keys"/>
<signing key="file:"/>
<signing key="file://DIR/outside.asc"/>
<signing key="https://host/../key.asc"/>
</source></repository>)";
    const std::string hint =
        "\n  hint: put it beside the description, or name it by its absolute path: "
        "key=\"file:///…\"\n";
    const std::string text = document(replaced(sections, "DIR", directory.path()));
    CHECK(
        replaced(findings_of(text, {}, description), description, "/DIR") ==
        R"(6:15-33 error E242: repository "r": the key file /DIR/../outside.asc is outside the description's directory)" +
            hint +
            R"(7:15-43 error E242: repository "r": the key file /DIR/keys/../../outside.asc is outside the description's directory)" +
            hint +
            R"(8:15-27 error E242: repository "r": the key file /DIR/link.asc is outside the description's directory)" +
            hint + R"(9:15-23 error E243: repository "r": there is no key file /DIR/keys
10:15-19 error E243: repository "r": there is no key file /DIR/
)");
    // A file of who calls, not of who wrote the description.
    Selection selection;
    selection.add_repositories = {"http://h/,apt-deb,o,,,,{file:../outside.asc}"};
    CHECK(findings_of(document(""), selection, description).empty());
}

TEST_CASE("what lies beside a description is found") {
    const TemporaryDirectory directory;
    put(directory / "config.xml", document(R"(<profiles>
<profile name="a" description="d" import="true"/><profile name="b" description="d" import="true"/></profiles>
<packages type="image"><archive name="x.tar"/><file name="etc/motd"/></packages>
<packages type="bootstrap"><archive name="y.tar"/></packages>)"));
    for (const char* const name :
         {"x.tar",
          "y.tar",
          "etc/motd",
          "root/etc/f",
          "root.tar.gz",
          "b/f",
          "config.sh",
          "images.sh",
          "post_bootstrap.sh",
          "debconf.seed",
          "apt-preferences"}) {
        put(directory / name);
    }
    const Request request = Description::load(directory.path()).narrow({});
    const Beside beside = look_beside(request);
    CHECK(beside.overlay_tree == directory / "root");
    CHECK_FALSE(beside.overlay_archive);
    REQUIRE(beside.profile_trees.size() == 1);
    CHECK(beside.profile_trees[0].profile == "b");
    CHECK(beside.profile_trees[0].path == directory / "b");
    CHECK(beside.image_archives == std::vector<std::string>{directory / "x.tar"});
    CHECK(beside.bootstrap_archives == std::vector<std::string>{directory / "y.tar"});
    CHECK(beside.image_files == std::vector<std::string>{directory / "etc/motd"});
    CHECK(beside.config_script == directory / "config.sh");
    CHECK(beside.images_script == directory / "images.sh");
    CHECK(beside.post_bootstrap_script == directory / "post_bootstrap.sh");
    CHECK(beside.debconf_seed == directory / "debconf.seed");
    CHECK(beside.apt_preferences == directory / "apt-preferences");

    base::remove_tree(directory / "root");
    CHECK(look_beside(request).overlay_archive == directory / "root.tar.gz");
    base::remove_tree(directory / "root.tar.gz");
    put(directory / "root.tar.xz");
    CHECK(look_beside(request).overlay_archive == directory / "root.tar.xz");
}

TEST_CASE("trees and scripts that lead out of the directory are refused") {
    const TemporaryDirectory directory;
    put(directory / "description/config.xml", document(""));
    put(directory / "elsewhere/f");
    const Request request = Description::load(directory / "description").narrow({});
    const auto refusal = [&] {
        return replaced(
            message_of<base::UsageError>([&] { look_beside(request); }), directory.path(), "DIR");
    };
    const std::string tree = directory / "description/root";
    REQUIRE(::symlink("../elsewhere", tree.c_str()) == 0);
    CHECK(
        refusal() == "DIR/description/root is a link that leads out of the description's "
                     "directory\nput a copy in its place");
    REQUIRE(::unlink(tree.c_str()) == 0);
    REQUIRE(::symlink("nowhere", (directory / "description/config.sh").c_str()) == 0);
    CHECK(
        refusal() == "DIR/description/config.sh is a link that leads nowhere\n"
                     "put a copy in its place");
}

TEST_CASE("keys in local files") {
    CHECK(local_key_path("/d", "file:k.asc") == "/d/k.asc");
    CHECK(local_key_path("/d", "file:///etc/k.asc") == "/etc/k.asc");
    CHECK(local_key_path("/d", "file:/etc/k.asc") == "/etc/k.asc");
    CHECK_FALSE(local_key_path("/d", "https://host/k.asc"));
}
