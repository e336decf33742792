// SPDX-License-Identifier: Apache-2.0
// Installs small packages with a real dpkg: the host's, brought into the root by a package of its own.
#include "base/diagnostic.hpp"
#include "base/text.hpp"
#include "net/client.hpp"
#include "package/apt_package_manager.hpp"
#include "process/process.hpp"
#include "root/layered_root.hpp"
#include "root/namespaces.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <mutex>

using namespace imgbuild;
using Names = std::vector<std::string>;

namespace {

/// A package in the making.
struct Deb {
    std::string name;
    std::string fields;
    /// Path → content; with "!" in front of the path the file is executable.
    std::map<std::string, std::string> files;
    /// Files of DEBIAN/ besides control.
    std::map<std::string, std::string> control;
};

class OutputReporter final : public base::Reporter {
public:
    void message(base::LogLevel, std::string_view) noexcept override {}

    void output(std::string_view line) noexcept override { text += std::string(line) + "\n"; }

    std::uint64_t started(const base::ActivityInfo&) noexcept override { return 1; }

    void advanced(std::uint64_t, std::uint64_t, std::uint64_t) noexcept override {}

    void finished(std::uint64_t, base::Outcome, double) noexcept override {}

    std::string text;
};

struct PackageFixture {
    test::TemporaryDirectory directory;
    OutputReporter reporter;
    base::ThreadPool pool{2};
    base::Context context{reporter, pool, {}};
    store::Store store = store::Store::open(directory / "store", root::id_mapping_name());
    net::Client client{{}};
    package::AptPackageManager apt{client, store};
    std::unique_ptr<root::LayerDriver> driver =
        root::make_layer_driver(root::DriverChoice::automatic, store, context);
    std::unique_ptr<root::WorkingRoot> working = driver->open({}, {}, context);
    package::PackageRequest request;
    package::Resolution resolution;

    PackageFixture() { base::make_directories(directory / "repo"); }

    std::string run(Names argv) {
        return process::run_or_throw({.argv = std::move(argv)}, context);
    }

    void put(const std::string& path, const std::string& content, mode_t mode) {
        base::make_directories(path.substr(0, path.rfind('/')));
        base::replace_file(path, content, mode);
        ::chmod(path.c_str(), mode);
    }

    /// Builds a package and adds it to the index.
    void add(const Deb& deb) {
        const std::string tree = directory / ("tree-" + deb.name);
        const std::string control = fmt::format(
            "Package: {}\nVersion: 1.0\nArchitecture: amd64\nMaintainer: x <x@example.org>\n{}"
            "Description: test\n",
            deb.name,
            deb.fields);
        put(tree + "/DEBIAN/control", control, 0644);
        for (const auto& [name, content] : deb.control) {
            put(tree + "/DEBIAN/" + name, content, name == "conffiles" ? 0644 : 0755);
        }
        for (const auto& [name, content] : deb.files) {
            const bool executable = name.starts_with('!');
            put(tree + "/" + name.substr(executable ? 1 : 0), content, executable ? 0755 : 0644);
        }
        const std::string file = deb.name + ".deb";
        run({"dpkg-deb", "-Znone", "--root-owner-group", "-b", tree, directory / "repo/" + file});
        const std::string content = base::read_file(directory / "repo/" + file);
        index_ += fmt::format(
            "{}Installed-Size: 10\nFilename: ./{}\nSize: {}\nSHA256: {}\n\n",
            control,
            file,
            content.size(),
            crypto::sha256(content).hex());
        base::replace_file(directory / "repo/Packages", index_);
    }

    /// What dpkg needs to run: itself, tar, a shell.
    void add_base() {
        Deb deb{"dpkg", "Essential: yes\n", {}, {}};
        deb.files["!usr/bin/busybox"] = base::read_file("/bin/busybox");
        for (const char* const program : {"dpkg", "dpkg-deb", "dpkg-split", "tar"}) {
            const std::string path = *process::find_program(program);
            deb.files[std::string("!usr/bin/") + program] = base::read_file(path);
            for (const std::string_view word : base::split_words(run({"ldd", path}))) {
                if (word.starts_with('/')) {
                    const std::string library(word);
                    const std::string place =
                        library.starts_with("/usr") ? library.substr(1) : "usr" + library;
                    deb.files["!" + place] = base::read_file(library);
                }
            }
        }
        const std::string stub = "#!/usr/bin/busybox sh\nexit 0\n";
        deb.files["!usr/sbin/ldconfig"] = stub;
        deb.files["!usr/sbin/start-stop-daemon"] = stub;
        for (const char* const applet : {"sh", "rm", "cat", "diff", "env", "test", "printf"}) {
            deb.files[std::string("!usr/bin/") + applet] =
                fmt::format("#!/usr/bin/busybox sh\nexec /usr/bin/busybox {} \"$@\"\n", applet);
        }
        deb.files["etc/passwd"] = "root:x:0:0:root:/root:/bin/sh\n";
        deb.files["etc/group"] = "root:x:0:\n";
        add(deb);
    }

    void install(const Names& names) {
        request.architecture = "x86_64";
        package::PackageSource source;
        source.alias = "repo";
        source.url = "file://" + directory.path() + "/repo";
        source.check_signature = false;
        request.sources = {source};
        for (const std::string& name : names) {
            request.packages.push_back({name, {}});
        }
        resolution = apt.resolve(request, context);
        apt.fetch(request, resolution, context);
        apt.install(*working, request, resolution, context);
    }

    Names installed() {
        Names names;
        for (const package::InstalledPackage& package : apt.installed(working->root())) {
            names.push_back(package.name);
        }
        return names;
    }

private:
    std::string index_;
};

Deb tool() {
    Deb deb;
    deb.name = "tool";
    deb.fields = "Depends: tool-lib\n";
    deb.files = {
        {"!usr/bin/tool", "tool\n"},
        {"etc/tool.conf", "shipped\n"},
        {"usr/share/doc/tool/README", "read me\n"},
        {"usr/share/doc/tool/copyright", "mine\n"},
        {"usr/share/man/man1/tool.1", "manual\n"}};
    deb.control = {
        {"conffiles", "/etc/tool.conf\n"},
        {"postinst",
         "#!/bin/sh\nenv | busybox sort > /etc/environment-of-postinst\n"
         "policy-rc.d tool start\necho $? > /etc/policy\n"}};
    return deb;
}

} // namespace

TEST_SUITE("packages") {
    TEST_CASE_FIXTURE(PackageFixture, "packages are installed by the root's own dpkg") {
        add_base();
        add(tool());
        add({"tool-lib", "", {{"usr/lib/libtool.so", "lib\n"}}, {}});
        install({"tool"});
        const root::Root& root = working->root();
        CHECK(installed() == Names{"dpkg", "tool", "tool-lib"});
        CHECK(root.read("usr/bin/tool") == "tool\n");
        CHECK(root.read("etc/tool.conf") == "shipped\n");
        CHECK(root.status("usr/bin/tool")->st_mode == (S_IFREG | 0755));
        CHECK(root.status("usr/bin/tool")->st_uid == 0);
        CHECK(root.read_link("bin") == "usr/bin");
        CHECK(root.read_link("lib64") == "usr/lib64");
        CHECK(
            root.read("var/lib/apt/extended_states") ==
            "Package: tool-lib\nArchitecture: amd64\nAuto-Installed: 1\n\n");
        // Scripts saw that services must not be started; afterwards nothing is left of it.
        CHECK(root.read("etc/policy") == "101\n");
        CHECK_FALSE(root.exists("usr/sbin/policy-rc.d"));
        for (const char* const trace : {"run/imgbuild", "etc/tool.conf.dpkg-new"}) {
            CAPTURE(trace);
            CHECK_FALSE(root.exists(trace));
        }
        const std::string environment = root.read("etc/environment-of-postinst");
        for (const char* const line :
             {"DEBIAN_FRONTEND=noninteractive\n",
              "DEBIAN_PRIORITY=critical\n",
              "HOME=/root\n",
              "INITRD=No\n",
              "LC_ALL=C.UTF-8\n",
              "SOURCE_DATE_EPOCH=0\n"}) {
            CAPTURE(line);
            CHECK(environment.find(line) != std::string::npos);
        }
        CHECK(root.read("usr/share/doc/tool/README") == "read me\n");
    }

    TEST_CASE_FIXTURE(PackageFixture, "documentation can be left out, the copyright stays") {
        add_base();
        Deb deb = tool();
        deb.fields.clear();
        add(deb);
        request.exclude_documentation = true;
        install({"tool"});
        const root::Root& root = working->root();
        CHECK(root.exists("usr/share/doc/tool/copyright"));
        CHECK_FALSE(root.exists("usr/share/doc/tool/README"));
        CHECK_FALSE(root.exists("usr/share/man/man1/tool.1"));
    }

    TEST_CASE_FIXTURE(PackageFixture, "debconf's answers are there before packages ask") {
        add_base();
        Deb debconf{"debconf", "", {}, {}};
        debconf.files["!usr/bin/debconf-set-selections"] = "#!/bin/sh\ncat > /etc/answers\n";
        add(debconf);
        Deb deb{"asking", "Depends: debconf\n", {}, {}};
        deb.control["postinst"] = "#!/bin/sh\ncat /etc/answers > /etc/asked\n";
        add(deb);
        request.debconf_seed = "asking asking/question string yes\n";
        install({"asking"});
        CHECK(working->root().read("etc/asked") == request.debconf_seed);
    }

    TEST_CASE_FIXTURE(PackageFixture, "a failing script is named, with its last lines") {
        add_base();
        Deb deb{"failing", "", {}, {}};
        deb.control["postinst"] = "#!/bin/sh\necho 'no way' >&2\nexit 7\n";
        add(deb);
        try {
            install({"failing"});
            FAIL("nothing was thrown");
        } catch (const base::Error& error) {
            CHECK(
                std::string(error.what()) ==
                "package failing: its postinst script returned error exit status 7");
            CHECK(error.exit_code() == base::ExitCode::script);
            const Names& lines = error.details();
            CHECK(std::find(lines.begin(), lines.end(), "no way") != lines.end());
        }
        CHECK_FALSE(working->root().exists("usr/sbin/policy-rc.d"));
    }

    TEST_CASE_FIXTURE(PackageFixture, "uninstall takes along what is no longer needed") {
        add_base();
        add(tool());
        add({"tool-lib", "", {{"usr/lib/libtool.so", "lib\n"}}, {}});
        add({"plugin", "Depends: tool\n", {{"usr/lib/plugin.so", "plugin\n"}}, {}});
        install({"plugin"});
        CHECK(installed() == Names{"dpkg", "plugin", "tool", "tool-lib"});
        CHECK(
            apt.remove(*working, {{"tool", {}}, {"absent", {}}}, false, 86400, context) ==
            Names{"absent"});
        CHECK(installed() == Names{"dpkg"});
        CHECK_FALSE(working->root().exists("usr/lib/plugin.so"));
        CHECK_FALSE(working->root().exists("usr/bin/tool"));
        CHECK(working->root().read("var/lib/apt/extended_states").empty());
    }

    TEST_CASE_FIXTURE(PackageFixture, "delete takes just what it names") {
        add_base();
        add(tool());
        add({"tool-lib", "", {{"usr/lib/libtool.so", "lib\n"}}, {}});
        install({"tool"});
        CHECK(apt.remove(*working, {{"tool-lib", {}}}, true, 86400, context).empty());
        CHECK(installed() == Names{"dpkg", "tool"});
        CHECK_FALSE(working->root().exists("usr/lib/libtool.so"));
    }
}
