// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What is valid and loads, though imgbuild does not build it; and what is judged on the selection.
 */
#include "description/buildable.hpp"

#include "support.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::description;
using namespace imgbuild::description::test;

namespace {

constexpr const char* disk =
    R"(<preferences><version>1</version><packagemanager>zypper</packagemanager><bootloader-theme>b</bootloader-theme>
<type image="iso"/><type image="oem" primary="true" firmware="uefi"><bootloader name="grub2"/></type></preferences>
<repository alias="r"><source path="obsrepositories:/"/></repository>
<packages type="oem"><package name="for-disks"/></packages>
<packages type="iso"><package name="for-media"/></packages>
<packages type="bootstrap"><package name="filesystem"/></packages>)";

std::string refusal(const Request& request) {
    try {
        check_buildable(request);
    } catch (const base::DescriptionError& error) {
        CHECK(error.exit_code() == base::ExitCode::usage);
        return render(error.diagnostics());
    }
    return {};
}

} // namespace

TEST_CASE("a description of a disk is valid, and only build refuses it") {
    CHECK(
        findings_of(bare_document(disk)) ==
        R"(4:33-35 warning N208: type "oem" is valid, but imgbuild does not build it
  hint: build its packages as a node with --type warewulf, or add <type image="warewulf"/> to <preferences>
7:1 note N203: packages of type "iso" are left out: type "oem" is built
)");
    const Request request = request_of(bare_document(disk));
    CHECK(request.type == "oem");
    CHECK(names_of(request.image_packages) == std::vector<std::string>{"for-disks"});
    CHECK(
        refusal(request) ==
        R"(3:34 error E270: images with package manager "zypper" are not built yet
  hint: this version of imgbuild builds with "apt"
4:20 error E276: images of type "oem" are not built
  hint: imgbuild builds type "warewulf"; --type warewulf builds these packages as a node
5:37-53 error E277: repository "r": "obsrepositories:/" has a meaning only inside a build farm
  hint: name the repository's URL, or replace it with --set-repo
)");
}

TEST_CASE("one of several types is wished") {
    Selection selection;
    selection.type = "iso";
    CHECK(request_of(bare_document(disk), selection).type == "iso");
    selection.type = "vmx";
    CHECK(
        findings_of(bare_document(disk), selection) ==
        R"(--type error E211: the description has no type "vmx" for this selection
  hint: it has "iso", "oem"
)");
}

TEST_CASE("a description of a disk is built as a node if that is wished") {
    Selection selection;
    selection.type = "warewulf";
    CHECK(
        findings_of(bare_document(disk), selection) ==
        R"(3:73-90 note N201: <bootloader-theme> has no effect on type "warewulf"
4:14-16 note N207: the description has no type "warewulf": its packages are built as a node
  hint: whether they suffice to boot is checked at the end of the build
6:1 note N203: packages of type "oem" are left out: type "warewulf" is built
7:1 note N203: packages of type "iso" are left out: type "warewulf" is built
)");
    const Request request = request_of(bare_document(disk), selection);
    CHECK(request.type == "warewulf");
    CHECK(request.image_packages.empty());
    CHECK(refusal(request).find("E276") == std::string::npos);
}

TEST_CASE("a package manager that starts from nothing needs bootstrap packages") {
    const auto with = [](const std::string& manager, const std::string& rest) {
        return findings_of(bare_document(
            "<preferences><version>1</version><packagemanager>" + manager + "</packagemanager>" +
            rest));
    };
    const std::string type = "<type image=\"warewulf\"/></preferences>\n";
    const std::string missing = " error E218: dnf5 needs bootstrap packages to start from\n"
                                "  hint: add <packages type=\"bootstrap\"> with <package "
                                "name=\"filesystem\"/> and what the "
                                "package manager needs\n";
    CHECK(with("dnf5", type) == "1:1" + missing);
    CHECK(with("dnf5", type + "<packages type=\"bootstrap\"/>") == "4:1" + missing);
    CHECK(with("apt", type).empty());
    CHECK(with("dnf5", "<type image=\"warewulf\" derived_from=\"docker://h/b\"/></preferences>")
              .empty());
    CHECK(with(
              "dnf5",
              type + "<packages type=\"bootstrap\"><namedCollection name=\"core\"/></packages>")
              .empty());
}

TEST_CASE("exclusive profiles may define the same things") {
    const std::string text = document(
        R"(<profiles><profile name="a" description="d"/><profile name="b" description="d"/></profiles>
<users profiles="a"><user name="u" id="7" password="*"/></users>
<users profiles="b"><user name="u" id="7" password="*"/></users>
<repository profiles="a" alias="r"><source path="/a"><signing key="https://h/k"/></source></repository>
<repository profiles="b" alias="r"><source path="/b"><signing key="https://h/k"/></source></repository>)");
    Selection selection;
    CHECK(findings_of(text, selection).empty());
    selection.profiles = {"a"};
    CHECK(findings_of(text, selection).empty());
    selection.profiles = {"a", "b"};
    CHECK(
        findings_of(text, selection) ==
        R"(6:33-33 error E230: user "u" is defined twice
  5:33: first defined here
8:1 error E250: two repositories have the alias "r"
  hint: give one of them another alias
  7:1: first defined here
)");
}

TEST_CASE("a package that is installed and removed again is a note at most") {
    CHECK(
        findings_of(
            document(R"(<packages type="image"><package name="gcc"/><package name="vim"/></packages>
<packages type="uninstall"><package name="gcc"/></packages>
<packages type="delete"><package name="never"/><package name="vim"/></packages>)")) ==
        R"(5:43-45 note N206: package "gcc" is installed and removed again
  4:39: it is installed here
6:63-65 note N206: package "vim" is installed and removed again
  4:60: it is installed here
)");
}

TEST_CASE("containers of different names that are saved as one file") {
    CHECK(
        findings_of(document(R"(<packages type="image">
<container name="docker://h/a/app:1" save_as="/srv/"/>
<container name="docker://h/b/app:1" save_as="/var/"/>
<container name="h/c/app:1" save_as="/srv/"/>
<container name="h/c/app:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" save_as="/srv/" save_format="docker-archive"/>
<container name="h:5000/app" save_as="/opt/"/>
<container name="docker://h/app:latest" save_as="/opt/"/>
<container name="docker://h/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" save_as="/opt/"/>
<container name="oci-archive:x/app.tar" save_as="/opt/"/>
<container name="oci-archive:y/app.tar" save_as="/opt/"/>
</packages>)")) ==
        R"(7:18-26 error E261: two containers are saved as "/srv/app_1.oci.tar"
  5:18: first defined here
10:18-38 error E261: two containers are saved as "/opt/app_latest.oci.tar"
  9:18: first defined here
12:18-38 error E261: two containers are saved as "/opt/app_latest.oci.tar"
  9:18: first defined here
13:18-38 error E261: two containers are saved as "/opt/app_latest.oci.tar"
  9:18: first defined here
)");
}

TEST_CASE("containers whose names can't be names") {
    CHECK(
        findings_of(document(R"(<packages type="image">
<container name="docker://h/a b" preload="true"/>
<container name="oci-archive:my image.tar" preload="true"/>
<container name="docker://g/Demo:2" preload="true"/>
<container name="r.io/a:b:c" save_as="/srv/"/>
<container name="oci-archive:日本.tar" save_as="/srv/"/>
<container name="" preload="true"/>
</packages>)")) ==
        R"(5:18-31 error E266: image "h/a b": "h/a b" is no name of a repository
  hint: write it like registry.example/group/name:tag
7:18-34 error E266: image "g/Demo:2": "g/Demo" is no name of a repository
  hint: names of repositories are written in small letters
8:18-27 error E266: image "r.io/a:b:c": "b:c" is no tag
9:18-35 error E266: oci-archive:日本.tar gives its image no name
  hint: rename the file: a name such as tools:1.0.oci.tar has letters of a to z or digits
10:18 error E266: image "": it names no repository
  hint: write it like registry.example/group/name:tag
)");
    CHECK(
        findings_of(bare_document(
            R"(<preferences><version>1</version><packagemanager>apt</packagemanager>
<type image="warewulf" derived_from="docker://g/Demo:2"/></preferences>)")) ==
        R"(4:1 error E266: image "g/Demo:2": "g/Demo" is no name of a repository
  hint: names of repositories are written in small letters
)");
}

TEST_CASE("local images that are saved to one file, there or not") {
    CHECK(
        findings_of(document(R"(<packages type="image">
<container name="oci-archive:a/App.tar" save_as="/srv/"/>
<container name="docker-archive:b/app.docker.tar" save_as="/srv/"/>
<container name="docker://r.example.org/app" save_as="/srv/"/>
<container name="obs://farm/app:latest" save_as="/srv/"/>
<container name="docker-archive:all.tar:app:latest" save_as="/srv/"/>
</packages>)")) ==
        R"(6:18-48 error E261: two containers are saved as "/srv/app_latest.oci.tar"
  5:18: first defined here
7:18-43 error E261: two containers are saved as "/srv/app_latest.oci.tar"
  5:18: first defined here
8:18-38 error E261: two containers are saved as "/srv/app_latest.oci.tar"
  5:18: first defined here
)");
}

TEST_CASE("containers of unknown schemes, and inside of each other") {
    CHECK(
        findings_of(document(R"(<packages type="image">
<container name="dokcer://h/a" preload="true"/>
<container name="s3://bucket/a" preload="true"/>
<container name="localhost:5000/a" preload="true"/>
<container name="oci-archive:a.tar" preload="true"/>
<container name="obsrepositories:/a" preload="true"/>
<container name="docker://h/b" save_as="/srv/b"/>
<container name="docker://h/c" save_as="/srv/b.tar"/>
<container name="docker://h/d" save_as="/srv/b/d.tar"/>
<container name="containers-storage:x" preload="true"/>
</packages>)")) ==
        R"(5:18-29 error E265: "dokcer://h/a": imgbuild does not read dokcer
  hint: did you mean docker?
6:18-30 error E265: "s3://bucket/a": imgbuild does not read s3
  hint: images come from docker://, oci:, oci-archive:, docker-archive:, dir: and file://, or by a name such as registry.example/group/name:tag
10:18-29 error E264: container "docker://h/b" is saved as "/srv/b", which must be a directory
  hint: end save_as with "/" if it is meant as a directory
  12:18: "docker://h/d" is saved below it
13:18-37 error E265: "containers-storage:x": imgbuild does not read containers-storage
  hint: copy the image to a registry or into an oci-archive: first
)");
}
