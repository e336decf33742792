// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::description;
using namespace imgbuild::description::test;

namespace {

using Names = std::vector<std::string>;

constexpr const char* profiles_and_packages =
    R"(<profiles>
<profile name="slim" description="d"/>
<profile name="full" description="d"><requires profile="slurm"/><requires profile="gpu" arch="aarch64"/></profile>
<profile name="gpu" description="d"/>
<profile name="slurm" description="d"/>
</profiles>
<packages type="image"><package name="common"/><package name="arm-only" arch="aarch64"/><package name="both" arch="x86_64,aarch64"/></packages>
<packages type="image" profiles="slim, gpu"><package name="slim-or-gpu"/></packages>
<packages type="image" profiles="slurm"><package name="slurmd"/><package name="common"/></packages>)";

} // namespace

TEST_CASE("what an initrd gets and what it does without") {
    const auto with_type = [](const std::string& attributes) {
        return request_of(
            R"(<?xml version="1.0"?>
<image schemaversion="8.5" name="node">
<description type="system"><author>A</author><contact>a@example.org</contact><specification>S</specification></description>
<preferences><version>1.2.3</version><packagemanager>apt</packagemanager>
<type image="warewulf" )" +
            attributes +
            R"(><initrd action="add"><dracut module="nfs"/><dracut driver="mlx5_core"/></initrd>
<initrd action="omit"><dracut module="plymouth"/></initrd></type>
</preferences>
<repository type="apt-deb" distribution="bookworm" components="main" repository_gpgcheck="false"><source path="mirror:debian"/></repository>
<packages type="bootstrap"><package name="base-files"/></packages>
</image>
)");
    };
    const Request request = with_type("initrd_system=\"dracut\"");
    CHECK(request.initrd_system == "dracut");
    REQUIRE(request.initrd_parts.size() == 3);
    CHECK(request.initrd_parts[0].action == "add");
    CHECK(request.initrd_parts[0].module == "nfs");
    CHECK(request.initrd_parts[1].driver == "mlx5_core");
    CHECK(request.initrd_parts[1].module.empty());
    CHECK(request.initrd_parts[2].action == "omit");
    CHECK(request.initrd_parts[2].module == "plymouth");
}

TEST_CASE("a small description becomes a request with everything in it") {
    const Request request = request_of(R"(<?xml version="1.0"?>
<image schemaversion="8.5" name="node" displayname="Node" id="7">
<description type="system"><author>A</author><contact>a@example.org</contact><specification>S</specification></description>
<preferences>
<version>1.2.3</version><packagemanager>apt</packagemanager><locale>en_US</locale><keytable>us</keytable><timezone>UTC</timezone>
<release-version>12</release-version><rpm-excludedocs>true</rpm-excludedocs>
<type image="warewulf" compression="fast" overlay_modes="git" initrd_system="none" kernelcmdline="quiet"/>
</preferences>
<users><user name="root" password="x" groups="root,staff:50" id="0" home="/root" shell="/bin/bash" realname="R" pwdformat="plain"/></users>
<repository type="apt-deb" alias="debian" priority="500" components="main contrib" distribution="bookworm" imageinclude="true" username="u" password="p" architectures="amd64">
<source path="mirror:debian"><signing key="https://example.org/key.asc"/></source>
</repository>
<packages type="bootstrap"><package name="base-files"/></packages>
<packages type="image" patternType="plusRecommended"><package name="systemd"/><ignore name="vim"/></packages>
<packages type="uninstall"><package name="u"/></packages>
<packages type="delete"><package name="d"/></packages>
</image>
)");
    CHECK(request.file == "/nonexistent/config.xml");
    CHECK(request.directory == "/nonexistent");
    CHECK(request.name == "node");
    CHECK(request.display_name == "Node");
    CHECK(request.id == "7");
    CHECK(request.author == "A");
    CHECK(request.contact == "a@example.org");
    CHECK(request.specification == "S");
    CHECK(request.architecture == "x86_64");
    CHECK(request.version == "1.2.3");
    CHECK(request.package_manager == "apt");
    CHECK(request.package_manager_position.line == 5);
    CHECK(request.locale == "en_US");
    CHECK(request.keytable == "us");
    CHECK(request.timezone == "UTC");
    CHECK(request.release_version == "12");
    CHECK(request.exclude_documentation);
    CHECK(request.type == "warewulf");
    CHECK(request.compression == "fast");
    CHECK(request.overlay_modes == "git");
    CHECK(request.initrd_system == "none");
    CHECK(request.kernel_command_line == "quiet");
    CHECK(request.notes.empty());

    REQUIRE(request.users.size() == 1);
    const User& user = request.users[0];
    CHECK(user.name == "root");
    CHECK(user.password == "x");
    CHECK(user.password_is_plain);
    CHECK(user.id == 0U);
    CHECK(user.groups == Names{"root", "staff:50"});
    CHECK(user.home == "/root");
    CHECK(user.shell == "/bin/bash");
    CHECK(user.real_name == "R");

    REQUIRE(request.repositories.size() == 1);
    const Repository& repository = request.repositories[0];
    CHECK(repository.alias == "debian");
    CHECK(repository.type == "apt-deb");
    CHECK(repository.path == "mirror:debian");
    CHECK(names_of(repository.signing_keys) == Names{"https://example.org/key.asc"});
    CHECK(repository.components == Names{"main", "contrib"});
    CHECK(repository.distribution == "bookworm");
    CHECK(repository.architectures == Names{"amd64"});
    CHECK(repository.priority == 500);
    CHECK(repository.username == "u");
    CHECK(repository.password == "p");
    CHECK(repository.image_include);
    CHECK_FALSE(repository.image_only);
    CHECK_FALSE(repository.repository_gpgcheck);
    CHECK(repository.path_position.line == 11);
    CHECK(repository.path_position.column == 15);

    CHECK(request.pattern_type == PatternType::plus_recommended);
    CHECK(names_of(request.bootstrap_packages) == Names{"base-files"});
    CHECK(names_of(request.image_packages) == Names{"systemd"});
    CHECK(request.image_packages[0].position.line == 14);
    CHECK(names_of(request.ignored_packages) == Names{"vim"});
    CHECK(names_of(request.uninstall_packages) == Names{"u"});
    CHECK(names_of(request.delete_packages) == Names{"d"});
}

TEST_CASE("without a wish no profile counts, but what each architecture leaves out is left out") {
    const Request request = request_of(document(profiles_and_packages));
    CHECK(request.profiles.empty());
    CHECK(names_of(request.image_packages) == Names{"common", "both"});
}

TEST_CASE("amd64 and x86_64 are one architecture") {
    Selection selection;
    selection.architecture = "arm64";
    const Request request = request_of(document(profiles_and_packages), selection);
    CHECK(request.architecture == "aarch64");
    CHECK(names_of(request.image_packages) == Names{"common", "arm-only", "both"});
}

TEST_CASE("a wished profile brings what it requires, in the order of the description") {
    Selection selection;
    selection.profiles = {"full"};
    const Request request = request_of(document(profiles_and_packages), selection);
    CHECK(request.profiles == Names{"full", "slurm"});
    CHECK(names_of(request.image_packages) == Names{"common", "both", "slurmd"});

    selection.architecture = "aarch64";
    const Request other = request_of(document(profiles_and_packages), selection);
    CHECK(other.profiles == Names{"full", "gpu", "slurm"});

    selection.profiles = {"slurm", "slim"};
    selection.architecture = "";
    CHECK(
        request_of(document(profiles_and_packages), selection).profiles == Names{"slim", "slurm"});
}

TEST_CASE("import profiles count only where none is wished, and only on their architecture") {
    const std::string text = document(R"(<profiles>
<profile name="a" description="d" import="true"/>
<profile name="b" description="d" import="true" arch="aarch64"/>
<profile name="c" description="d"/>
</profiles>)");
    CHECK(request_of(text).profiles == Names{"a"});
    Selection selection;
    selection.profiles = {"c"};
    CHECK(request_of(text, selection).profiles == Names{"c"});
}

TEST_CASE("of several preferences the first version and the last locale count") {
    const std::string text =
        bare_document(R"(<profiles><profile name="p" description="d"/></profiles>
<preferences arch="aarch64"><version>9</version></preferences>
<preferences><version>1</version><packagemanager>apt</packagemanager><locale>en_US</locale><type image="warewulf"/></preferences>
<preferences profiles="p"><version>2</version><packagemanager>zypper</packagemanager><locale>de_DE</locale></preferences>)");
    CHECK(request_of(text).version == "1");
    CHECK(request_of(text).locale == "en_US");
    Selection selection;
    selection.profiles = {"p"};
    const Request request = request_of(text, selection);
    CHECK(request.version == "1");
    CHECK(request.package_manager == "apt");
    CHECK(request.locale == "de_DE");
}

TEST_CASE("the primary warewulf type is built, else the first") {
    const auto with_types = [](const std::string& types) {
        return bare_document(
            "<preferences><version>1</version><packagemanager>apt</packagemanager>" + types +
            "</preferences>");
    };
    const std::string two =
        R"(<type image="oem" primary="true"/><type image="warewulf" compression="fast"/>)";
    CHECK(
        request_of(
            with_types(two + R"(<type image="warewulf" compression="small" primary="true"/>)"))
            .compression == "small");
    CHECK(request_of(with_types(two + R"(<type image="warewulf"/>)")).compression == "fast");
}

TEST_CASE("users, repositories and packages of other profiles and architectures are left out") {
    const Request request =
        request_of(document(R"(<profiles><profile name="p" description="d"/></profiles>
<users><user name="a" password="*"/></users>
<users profiles="p"><user name="b" password="*"/></users>
<users arch="aarch64"><user name="c" password="*"/></users>
<repository><source path="http://host/a"><signing key="https://host/k"/></source></repository>
<repository profiles="p"><source path="http://host/b"/></repository>
<repository repository_gpgcheck="false"><source path="/srv/c"/></repository>
<packages type="warewulf"><package name="for-warewulf"/></packages>)"));
    REQUIRE(request.users.size() == 1);
    CHECK(request.users[0].name == "a");
    REQUIRE(request.repositories.size() == 2);
    CHECK(request.repositories[0].alias == "repository-1");
    CHECK(request.repositories[1].alias == "repository-3");
    CHECK(names_of(request.image_packages) == Names{"for-warewulf"});
}

TEST_CASE("the command line adds and removes packages") {
    Selection selection;
    selection.add_packages = {"vim", "systemd"};
    selection.delete_packages = {"nano"};
    const Request request = request_of(
        document(R"(<packages type="image"><package name="systemd"/></packages>)"), selection);
    CHECK(names_of(request.image_packages) == Names{"systemd", "vim"});
    CHECK(request.image_packages[1].position.file == "--add-package");
    CHECK(names_of(request.uninstall_packages) == Names{"nano"});
}

TEST_CASE("the command line adds and changes repositories in kiwi's comma fields") {
    Selection selection;
    selection.set_repository = "http://other/debian,,,700";
    selection.add_repositories = {
        "mirror:debian/extra,apt-deb,extra,10,true,false,{https://host/a.asc;https://host/b.asc},"
        "main contrib,bookworm,true,baseurl",
        "/srv/packages,deb-dir,,,,,,,,false"};
    const Request request = request_of(
        document(
            R"(<repository alias="first" priority="5" distribution="bookworm"><source path="http://host/debian"><signing key="https://host/k"/></source></repository>)"),
        selection);
    REQUIRE(request.repositories.size() == 3);
    const Repository& first = request.repositories[0];
    CHECK(first.alias == "first");
    CHECK(first.path == "http://other/debian");
    CHECK(first.priority == 700);
    CHECK(first.distribution == "bookworm");
    CHECK(names_of(first.signing_keys) == Names{"https://host/k"});

    const Repository& extra = request.repositories[1];
    CHECK(extra.path == "mirror:debian/extra");
    CHECK(extra.type == "apt-deb");
    CHECK(extra.alias == "extra");
    CHECK(extra.priority == 10);
    CHECK(extra.image_include);
    CHECK(extra.package_gpgcheck == false);
    CHECK(names_of(extra.signing_keys) == Names{"https://host/a.asc", "https://host/b.asc"});
    CHECK(extra.components == Names{"main", "contrib"});
    CHECK(extra.distribution == "bookworm");
    CHECK(extra.repository_gpgcheck == true);
    CHECK(extra.source_type == "baseurl");

    const Repository& third = request.repositories[2];
    CHECK(third.alias == "added-2");
    CHECK(third.type == "deb-dir");
    CHECK(third.repository_gpgcheck == false);
}

TEST_CASE("kiwi's containers sections have the form of container elements") {
    const Request request = request_of(document(
        R"(<containers source="registry.example.org" backend="podman"><container name="a" path="some/where" tag="1"/><container name="b" fetch_only="true"/></containers>)"));
    REQUIRE(request.containers.size() == 2);
    CHECK(request.containers[0].name == "docker://registry.example.org/some/where/a:1");
    CHECK(request.containers[0].save_as.empty());
    CHECK(request.containers[0].preload);
    CHECK(request.containers[0].backend == "podman");
    CHECK(request.containers[1].name == "docker://registry.example.org/b:latest");
    CHECK(request.containers[1].save_as == "/var/tmp/kiwi_containers/b_latest");
    CHECK_FALSE(request.containers[1].preload);
}

TEST_CASE("what has no effect on a warewulf image is noted") {
    const Request request = request_of(bare_document(
        R"(<preferences><version>1</version><packagemanager>apt</packagemanager><bootsplash-theme>b</bootsplash-theme>
<type image="warewulf" firmware="uefi" filesystem="ext4"><bootloader name="grub2"/></type></preferences>
<packages type="oem"><package name="grub2"/></packages>
<packages type="image"><namedCollection name="n"/></packages>
<strip type="delete"><file name="f"/></strip>
<repository alias="r" sourcetype="metalink"><source path="http://h/"><signing key="http://h/k"/></source></repository>)"));
    CHECK(
        base::join(request.notes, "\n") ==
        base::join(
            Names{
                "/nonexistent/config.xml:3:70: <bootsplash-theme> has no effect on type "
                "\"warewulf\"",
                "/nonexistent/config.xml:4:24: no effect on type \"warewulf\": firmware, "
                "filesystem, "
                "<bootloader>",
                "/nonexistent/config.xml:5:1: packages of type \"oem\" are left out: type "
                "\"warewulf\" "
                "is built",
                "/nonexistent/config.xml:6:24: <namedCollection> is ignored",
                "/nonexistent/config.xml:7:1: <strip> has no effect on type \"warewulf\"",
                "/nonexistent/config.xml:8:1: repository \"r\": sourcetype has no effect yet"},
            "\n"));
}

TEST_CASE("a repository of other architectures is not used") {
    const std::string text =
        document("<repository alias='all'><source path='http://h/all'/></repository>\n"
                 "<repository alias='both' architectures='amd64,arm64'><source path='http://h/b'/>"
                 "</repository>\n"
                 "<repository alias='arm' architectures='arm64' imageinclude='true'>"
                 "<source path='http://h/c'/></repository>");
    const auto aliases = [&](const std::string& architecture) {
        std::string found;
        const auto evaluation = Description::parse(text, "/nonexistent/config.xml")
                                    .evaluate({.architecture = architecture});
        for (const Repository& repository : evaluation.request.repositories) {
            found += repository.alias + " ";
        }
        return found;
    };
    CHECK(aliases("x86_64") == "all both ");
    CHECK(aliases("aarch64") == "all both arm ");
    CHECK(aliases("ppc64le") == "all ");
    CHECK(
        findings_of(text).find("6:1 note N209: repository \"arm\" is not used: it has packages for "
                               "arm64 only, not for "
                               "x86_64\n") != std::string::npos);
}
