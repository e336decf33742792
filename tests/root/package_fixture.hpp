// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/diagnostic.hpp"
#include "base/file.hpp"
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

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::test {

using Names = std::vector<std::string>;

/// A package in the making.
struct Deb {
    std::string name;
    std::string fields;
    /// Path → content; with "!" in front of the path the file is executable.
    std::map<std::string, std::string> files;
    /// Files of DEBIAN/ besides control.
    std::map<std::string, std::string> control;
    /// Path → target.
    std::map<std::string, std::string> symlinks = {};
    /// Path → path in the package.
    std::map<std::string, std::string> hard_links = {};
    std::string architecture = "amd64";
    bool has_checksums = true;
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
    TemporaryDirectory directory;
    OutputReporter reporter;
    base::ThreadPool pool{2};
    base::Context context{reporter, pool, {}};
    store::Store store = store::Store::open(directory / "store", root::id_mapping_name());
    net::Client client{{}};
    package::AptPackageManager apt;
    std::unique_ptr<root::LayerDriver> driver =
        root::make_layer_driver(root::DriverChoice::automatic, store, context);
    std::unique_ptr<root::WorkingRoot> working = driver->open({}, {}, context);
    package::PackageRequest request;
    package::Resolution resolution;

    explicit PackageFixture(
        package::Unpacking unpacking = package::Unpacking::dpkg,
        package::Configuring configuring = package::Configuring::plain)
        : apt(client, store, unpacking, configuring) {
        base::make_directories(directory / "repo");
    }

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
            "Package: {}\nVersion: 1.0\nArchitecture: {}\nMaintainer: x <x@example.org>\n{}"
            "Description: test\n",
            deb.name,
            deb.architecture,
            deb.fields);
        put(tree + "/DEBIAN/control", control, 0644);
        for (const auto& [name, content] : deb.control) {
            put(tree + "/DEBIAN/" + name,
                content,
                name == "conffiles" || name == "triggers" ? 0644 : 0755);
        }
        for (const auto& [name, content] : deb.files) {
            const bool executable = name.starts_with('!');
            put(tree + "/" + name.substr(executable ? 1 : 0), content, executable ? 0755 : 0644);
        }
        for (const auto& [name, target] : deb.symlinks) {
            base::make_directories(tree + "/" + name.substr(0, name.rfind('/')));
            run({"ln", "-s", target, tree + "/" + name});
        }
        for (const auto& [name, target] : deb.hard_links) {
            run({"ln", tree + "/" + target, tree + "/" + name});
        }
        if (deb.has_checksums) {
            run(
                {"sh",
                 "-c",
                 "cd \"$0\" && find . -type f ! -path './DEBIAN/*' -exec md5sum {} + > "
                 "DEBIAN/md5sums",
                 tree});
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
        for (const char* const program :
             {"dpkg", "dpkg-deb", "dpkg-divert", "dpkg-split", "dpkg-statoverride", "tar"}) {
            const std::string path = *process::find_program(program);
            deb.files[std::string("!usr/bin/") + program] = base::read_file(path);
            const std::string needed = run({"ldd", path});
            for (const std::string_view word : base::split_words(needed)) {
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
        int times = 0;
        apt.install(
            *working,
            request,
            resolution,
            [&times](bool are_all) { times += are_all ? 1 : 0; },
            context);
        CHECK(times == 1);
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

} // namespace imgbuild::test
