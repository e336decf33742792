// SPDX-License-Identifier: Apache-2.0
// Stages that work on files only, in a root without a system.
#include "base/error.hpp"
#include "base/file.hpp"
#include "build/stages/accounts_stage.hpp"
#include "build/stages/archives_stage.hpp"
#include "build/stages/files_stage.hpp"
#include "support/archives.hpp"
#include "support/temporary_directory.hpp"
#include "support/warning_reporter.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace imgbuild;
using Names = std::vector<std::string>;

namespace {

class DirectoryRoot final : public root::WorkingRoot {
public:
    const root::Root& root() const override { return root_; }

    const std::string& mount_path() const override { return directory_.path(); }

    void record_device(const tree::Entry& device) override { devices.push_back(device.path); }

    void graft(std::string_view, const store::Key&, const base::Context&) override {}

    tree::Inventory
    commit(const store::Key&, std::string_view, std::int64_t, const base::Context&) override {
        return {};
    }

    Names devices;

private:
    test::TemporaryDirectory directory_;
    root::Root root_ = root::Root::open(directory_.path());
};

class NoDriver final : public root::LayerDriver {
public:
    std::string name() const override { return "none"; }

    std::unique_ptr<root::WorkingRoot>
    open(const std::vector<store::Key>&, tree::Inventory, const base::Context&) override {
        throw base::Error("no stage here needs another root");
    }
};

struct Scene {
    void run(build::Stage& stage) { stage.run({working, below, scratch.path(), context, driver}); }

    void run_accounts() {
        build::AccountsStage stage(inputs);
        run(stage);
    }

    /// What the stage says of an archive of the description with this content.
    std::string unpack(const std::string& content) {
        base::replace_file(scratch / "a.tar", content);
        build::ArchivesStage stage(
            "archives", {{"a.tar", "", {"config.xml", 12, 3}}}, {scratch / "a.tar"});
        try {
            run(stage);
        } catch (const base::Error& error) {
            CHECK(error.exit_code() == base::ExitCode::usage);
            REQUIRE(error.position().has_value());
            CHECK(error.position()->line == 12);
            std::string text = error.what();
            if (text.starts_with(scratch.path() + "/")) {
                text.erase(0, scratch.path().size() + 1);
            }
            return text;
        }
        return "unpacked";
    }

    DirectoryRoot working;
    const root::Root& image = working.root();
    tree::Inventory below;
    test::TemporaryDirectory scratch;
    test::WarningReporter reporter;
    base::ThreadPool pool{1};
    base::Context context{reporter, pool, {}};
    NoDriver driver;
    build::Inputs inputs;
};

} // namespace

TEST_SUITE("stages") {
    TEST_CASE("the locale is written behind links") {
        Scene scene;
        scene.image.make_directories("etc/default", {0755});
        scene.image.write("etc/default/locale", "# set\nLANG=old\nLC_TIME=C\n", {0640});
        scene.image.make_symlink("etc/locale.conf", "default/locale");
        scene.inputs.request.locale = "C";
        scene.run_accounts();
        CHECK(scene.image.read_link("etc/locale.conf") == "default/locale");
        CHECK(scene.image.read("etc/default/locale") == "# set\nLANG=C.UTF-8\nLC_TIME=C\n");
        CHECK((scene.image.status("etc/default/locale")->st_mode & 07777U) == 0640);
        CHECK(scene.reporter.warnings().empty());
    }

    TEST_CASE("a locale that would have to be generated") {
        Scene scene;
        scene.inputs.request.locale = "POSIX,de_DE";
        scene.image.make_directory("etc", {0755});
        scene.run_accounts();
        CHECK(scene.image.read("etc/locale.conf") == "LANG=POSIX\n");
        CHECK(
            scene.reporter.warnings() ==
            Names{"the locale de_DE.UTF-8 is set but can't be generated: the image lacks the "
                  "package locales"});
    }

    TEST_CASE("the keyboard, an absolute link leading nowhere but into the root") {
        Scene scene;
        scene.image.make_directories("etc/default", {0755});
        scene.image.write("etc/default/keyboard", "XKBLAYOUT=\"us\"\nXKBMODEL=pc\n", {0644});
        scene.image.make_symlink("etc/vconsole.conf", "/etc/default/keyboard");
        scene.inputs.request.keytable = "de-latin1";
        scene.run_accounts();
        CHECK(
            scene.image.read("etc/default/keyboard") ==
            "XKBLAYOUT=\"de\"\nXKBMODEL=pc\nKEYMAP=de-latin1\n");
    }

    TEST_CASE("UTC needs no time zone data") {
        Scene scene;
        scene.image.make_directory("etc", {0755});
        scene.inputs.request.timezone = "UTC";
        scene.run_accounts();
        CHECK(scene.image.list("etc").empty());
        CHECK(scene.reporter.warnings().empty());

        scene.image.make_directories("usr/share/zoneinfo", {0755});
        scene.image.write("usr/share/zoneinfo/UTC", "TZif", {0644});
        scene.run_accounts();
        CHECK(scene.image.read_link("etc/localtime") == "/usr/share/zoneinfo/UTC");
        CHECK(scene.image.read("etc/timezone") == "UTC\n");
        CHECK(scene.reporter.warnings().empty());
    }

    TEST_CASE("other time zones are missed") {
        Scene scene;
        scene.image.make_directory("etc", {0755});
        scene.inputs.request.timezone = "Europe/Berlin";
        scene.run_accounts();
        scene.image.make_directories("usr/share/zoneinfo", {0755});
        scene.run_accounts();
        CHECK(
            scene.reporter.warnings() ==
            Names{
                "the time zone Europe/Berlin needs the package tzdata, which the image lacks",
                "the image knows no time zone Europe/Berlin"});
    }

    TEST_CASE("a home is made from /etc/skel, all of it the user's") {
        Scene scene;
        scene.image.make_directories("etc/skel/.config/tool", {0700});
        scene.image.write("etc/skel/.bashrc", "rc", {0644});
        scene.image.write("etc/skel/.config/tool/file", "f", {0600});
        scene.image.make_symlink("etc/skel/.link", ".bashrc");
        description::User user;
        user.name = "ann";
        user.password = "!";
        scene.inputs.request.users = {user};
        scene.run_accounts();
        for (const char* const path :
             {"", "/.bashrc", "/.config", "/.config/tool", "/.config/tool/file", "/.link"}) {
            CAPTURE(path);
            const auto status = scene.image.status(std::string("home/ann") + path);
            REQUIRE(status.has_value());
            CHECK(status->st_uid == 1000);
            CHECK(status->st_gid == 1000);
        }
        CHECK(scene.image.status("home")->st_uid == 0);
        CHECK((scene.image.status("home/ann/.config/tool")->st_mode & 07777U) == 0700);
        CHECK((scene.image.status("home/ann/.config/tool/file")->st_mode & 07777U) == 0600);
        CHECK(scene.image.read("home/ann/.bashrc") == "rc");
        CHECK(scene.image.read_link("home/ann/.link") == ".bashrc");
        CHECK((scene.image.status("etc/shadow")->st_mode & 07777U) == 0600);

        // A home that exists is left alone.
        scene.image.write("home/ann/.bashrc", "mine", {0600, 1000, 1000});
        scene.run_accounts();
        CHECK(scene.image.read("home/ann/.bashrc") == "mine");
    }

    TEST_CASE("accounts in an image without the package passwd") {
        Scene scene;
        scene.image.make_directory("etc", {0755});
        scene.image.write("etc/passwd", "root:*:0:0:root:/root:/bin/bash\n", {0644});
        scene.image.write("etc/group", "root:*:0:\nshadow:*:42:\n", {0644});
        description::User user;
        user.name = "root";
        user.password = "$6$salt$hash";
        user.groups = {"root", "new"};
        scene.inputs.request.users = {user};
        scene.run_accounts();
        CHECK(scene.image.read("etc/passwd") == "root:x:0:0:root:/root:/bin/bash\n");
        CHECK(scene.image.read("etc/shadow") == "root:$6$salt$hash:0:0:99999:7:::\n");
        CHECK(scene.image.read("etc/gshadow") == "new:!::root\n");
        for (const char* const path : {"etc/shadow", "etc/gshadow"}) {
            CAPTURE(path);
            CHECK((scene.image.status(path)->st_mode & 07777U) == 0640);
            CHECK(scene.image.status(path)->st_gid == 42);
        }
    }

    TEST_CASE("a file for somebody whom the image does not know") {
        Scene scene;
        scene.image.make_directory("etc", {0755});
        scene.image.write("etc/passwd", "bob:x:1000:1000::/:/bin/sh\n", {0644});
        base::replace_file(scene.scratch / "motd", "x");
        const auto refusal = [&](const std::string& owner) {
            description::FileItem file;
            file.name = "motd";
            file.target = "/etc/motd";
            file.owner = owner;
            file.position = {"config.xml", 7, 3};
            build::FilesStage stage("files", {file}, {scene.scratch / "motd"}, 0);
            try {
                scene.run(stage);
            } catch (const base::Error& error) {
                CHECK(error.exit_code() == base::ExitCode::usage);
                REQUIRE(error.position().has_value());
                CHECK(error.position()->line == 7);
                return std::string(error.what());
            }
            return std::string("copied");
        };
        CHECK(refusal("ann:bob") == "copying the file motd: the image has no user \"ann\"");
        CHECK(refusal("bob:bobg") == "copying the file motd: the image has no group \"bobg\"");
        CHECK(refusal("0:bobg") == "copying the file motd: the image has no group \"bobg\"");
    }

    TEST_CASE("an archive is unpacked with its owners") {
        Scene scene;
        test::Tar tar;
        tar.add({.name = "srv/file", .mode = 0640, .content = "x", .uid = 4, .gid = 5});
        CHECK(scene.unpack(tar.finished()) == "unpacked");
        CHECK(scene.image.read("srv/file") == "x");
        CHECK(scene.image.status("srv/file")->st_uid == 4);
        CHECK(scene.image.status("srv/file")->st_gid == 5);
        CHECK((scene.image.status("srv/file")->st_mode & 07777U) == 0640);
    }

    TEST_CASE("damaged and hostile archives are the description's fault") {
        Scene scene;
        CHECK(scene.unpack("no archive at all").starts_with("a.tar is no archive"));
        test::Tar up;
        up.add({.name = "../up", .content = "x"});
        CHECK(scene.unpack(up.finished()).starts_with("a.tar: ../up: "));
        test::Tar cut;
        cut.add({.name = "file", .content = std::string(5000, 'x')});
        CHECK(scene.unpack(cut.finished().substr(0, 2000)).starts_with("a.tar"));
        test::Tar link;
        link.add({.name = "out", .type = '2', .link = "/etc"});
        link.add({.name = "out/passwd", .content = "x"});
        CHECK(scene.unpack(link.finished()).starts_with("a.tar: out/passwd: "));
        scene.image.make_directory("etc", {0755});
        scene.image.write("etc/passwd", "root", {0644});
        test::Tar file;
        file.add({.name = "etc", .content = "x"});
        CHECK(
            scene.unpack(file.finished()) ==
            "a.tar: etc: it would take the place of the directory /etc and all that is in it");
        CHECK(scene.image.read("etc/passwd") == "root");
    }

    TEST_CASE("a full or missing disk is not the description's fault") {
        Scene scene;
        build::ArchivesStage stage(
            "archives", {{"a.tar", "", {"config.xml", 12, 3}}}, {scene.scratch / "gone.tar"});
        try {
            scene.run(stage);
            FAIL("a missing archive was unpacked");
        } catch (const base::Error& error) {
            CHECK(error.exit_code() == base::ExitCode::system);
        }
    }
}
