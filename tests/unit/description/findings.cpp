// SPDX-License-Identifier: Apache-2.0
#include "description/buildable.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::description;
using namespace imgbuild::description::test;

TEST_CASE("profiles that do not exist are found wherever they are named") {
    Selection selection;
    selection.profiles = {"Dsk"};
    CHECK(
        findings_of(
            document(R"(<profiles>
<profile name="Disk" description="d"/>
<profile name="Live" description="d"><requires profile="Basis"/></profile>
</profiles>
<preferences profiles="Lve"/>
<users profiles="Disk,Nowhere"><user name="a" password="*"/></users>
<repository profiles="Liv"><source path="http://h/"/></repository>
<packages type="image" profiles="Live,Disc"/>
<strip type="tools" profiles="q"><file name="f"/></strip>)"),
            selection) == R"(--profile error E203: there is no profile "Dsk"
  hint: did you mean Disk?
6:57-61 error E202: there is no profile "Basis"
  hint: the description has: Disk, Live
8:24-26 error E201: there is no profile "Lve"
  hint: did you mean Live?
9:23-29 error E201: there is no profile "Nowhere"
  hint: the description has: Disk, Live
10:23-25 error E201: there is no profile "Liv"
  hint: did you mean Live?
11:39-42 error E201: there is no profile "Disc"
  hint: did you mean Disk?
12:31-31 error E201: there is no profile "q"
  hint: the description has: Disk, Live
)");
    CHECK(
        findings_of(document(R"(<packages type="image" profiles="p"/>)")) ==
        "4:34-34 error E201: there is no profile \"p\"\n"
        "  hint: the description has no <profiles>\n");
}

TEST_CASE("profiles defined twice, badly named, requiring each other or of other machines") {
    Selection selection;
    selection.profiles = {"arm", "needs-arm"};
    CHECK(
        findings_of(
            document(R"(<profiles>
<profile name="a" description="d"><requires profile="b"/></profile>
<profile name="b" description="d"><requires profile="c"/></profile>
<profile name="c" description="d"><requires profile="a"/></profile>
<profile name="self" description="d"><requires profile="self"/></profile>
<profile name="twice" description="d"/>
<profile name="twice" description="d"/>
<profile name="ok" description="d" arch="x86_64"/>
<profile name="ok" description="d" arch="aarch64"/>
<profile name="../x" description="d"/>
<profile name="arm" description="d" arch="aarch64"/>
<profile name="needs-arm" description="d"><requires profile="arm"/></profile>
</profiles>)"),
            selection) == R"(--profile error E206: profile "arm" is not for x86_64
  14:16: it is for aarch64
7:54-54 error E204: profiles require each other: a → b → c → a
  hint: remove one of these <requires>
8:57-60 error E204: profile "self" requires itself
  hint: remove one of these <requires>
10:16-20 error E205: profile "twice" is defined twice
  9:16: first defined here
13:16-19 error E207: "../x" can't be the name of a profile
  hint: a profile's name is also the name of its directory of files: no "/" and no "," in it
15:62-64 error E206: profile "arm" is not for x86_64
  14:16: it is for aarch64
)");
}

TEST_CASE("what the preferences must say") {
    CHECK(
        findings_of(bare_document("<preferences/>")) ==
        R"(1:1 error E210: the description has no <type> for this selection
  hint: add <type image="warewulf"/> to <preferences>
1:1 error E213: the image has no <version>
  hint: add <version>1.0</version> to <preferences>
1:1 error E214: the image has no <packagemanager>
  hint: add <packagemanager>apt</packagemanager> to <preferences>
)");
    CHECK(
        findings_of(bare_document(
            R"(<preferences><version>1/2</version><packagemanager>apt</packagemanager><type image="oem"/><type image="iso"/></preferences>)")) ==
        R"(3:14 error E215: "1/2" can't be a version
  hint: it becomes part of file names: no blank and no "/" in it
3:85-87 warning N208: type "oem" is valid, but imgbuild does not build it
  hint: build its packages as a node with --type warewulf, or add <type image="warewulf"/> to <preferences>
)");
}

TEST_CASE("types that all belong to profiles, and profiles that are not separated by commas") {
    const std::string text = bare_document(
        R"(<profiles><profile name="Live" description="l"/><profile name="Disk" description="d"/></profiles>
<preferences><version>1</version><packagemanager>apt</packagemanager></preferences>
<preferences profiles="Live"><type image="iso"/></preferences>
<preferences profiles="Disk,Live,Dsk"><type image="oem"/></preferences>
<preferences profiles="Live Disk"><type image="oem"/></preferences>)");
    CHECK(
        findings_of(text) ==
        R"(1:1 error E210: the description has no <type> for this selection
  hint: its types belong to profiles: choose one with --profile (Live, Disk), or build its packages as a node with --type warewulf
6:34-36 error E201: there is no profile "Dsk"
  hint: did you mean Disk?
7:24-32 error E201: there is no profile "Live Disk"
  hint: separate profiles by commas: Live,Disk
)");
}

TEST_CASE("a type that is not there") {
    const std::string preferences =
        "<preferences><version>1</version><packagemanager>apt</packagemanager></preferences>\n";
    CHECK(
        findings_of(
            bare_document(preferences + R"(<profiles><profile name="p" description="d"/></profiles>
<preferences profiles="p"><type image="warewulf"/></preferences>)")) ==
        R"(1:1 error E210: the description has no <type> for this selection
  hint: the one in line 5 belongs to profile "p": choose it with --profile p
)");
    CHECK(
        findings_of(bare_document(
            preferences +
            R"(<preferences arch="aarch64"><type image="warewulf"/></preferences>)")) ==
        R"(1:1 error E210: the description has no <type> for this selection
  hint: the one in line 4 is for aarch64: choose it with --target-arch
)");
    Selection selection;
    selection.type = "oem";
    CHECK(
        findings_of(document(""), selection) ==
        R"(--type error E211: the description has no type "oem" for this selection
  hint: it has "warewulf"
)");
    CHECK(findings_of(document(R"(<preferences><type image="oem"/></preferences>)"), selection)
              .empty());
}

TEST_CASE("an architecture that nobody has") {
    Selection selection;
    selection.architecture = "pdp11";
    CHECK(
        findings_of(document(""), selection) ==
        "--target-arch error E220: unknown architecture \"pdp11\"\n"
        "  hint: use one of kiwi's words, such as x86_64 or aarch64, or Debian's, such as amd64 or "
        "arm64\n");
}

TEST_CASE("users that can't be") {
    CHECK(findings_of(document(R"(<users>
<user name="a" password="*" id="1000"/>
<user name="b" password="*" id="1000"/>
<user name="a" password="*"/>
<user name="1:2" password="*"/>
<user name="big" password="*" id="4294967295"/>
<user name="c" password="*" home="relative" shell="/bin/sh:" realname="R"/>
<user name="d" password="$6$a:b"/>
<user name="e" password="plain:ok" pwdformat="plain"/>
</users>)")) == R"(6:13-13 error E231: users "a" and "b" have the same id 1000
  5:13: "a" has it here
7:13-13 error E230: user "a" is defined twice
  5:13: first defined here
8:13-15 error E232: "1:2" can't be the name of a user
  hint: letters, digits, "_", "-" and ".", at most 32, no digit at the start
9:13-15 error E233: the id of user "big" is too large
  hint: the largest is 4294967294
10:13-13 error E234: the shell of user "c" holds a ":" or a line end
10:13-13 error E235: the home "relative" of user "c" is no absolute path
11:26 error E236: the password of user "d" is not an encrypted one
  hint: make one with "mkpasswd", or add pwdformat="plain"
)");
}

TEST_CASE("groups that can't be") {
    CHECK(findings_of(document(R"(<users>
<user name="a" password="*" groups="a,b:7000"/>
<user name="b" password="*" groups="b,:7000"/>
<user name="c" password="*" groups="b:"/>
<user name="d" password="*" groups="b:x,c:1:2,d:-1"/>
<user name="e" password="*" groups="b:4294967294,b:4294967295,b:99999999999999999999"/>
</users>)")) == R"(6:39-43 error E237: ":7000" is no group of user "b"
  hint: write NAME, or NAME:NUMBER with a number up to 4294967294
7:37-38 error E237: "b:" is no group of user "c"
  hint: write NAME, or NAME:NUMBER with a number up to 4294967294
8:37-39 error E237: "b:x" is no group of user "d"
  hint: write NAME, or NAME:NUMBER with a number up to 4294967294
8:41-45 error E237: "c:1:2" is no group of user "d"
  hint: write NAME, or NAME:NUMBER with a number up to 4294967294
8:47-50 error E237: "d:-1" is no group of user "d"
  hint: write NAME, or NAME:NUMBER with a number up to 4294967294
9:50-61 error E237: "b:4294967295" is no group of user "e"
  hint: write NAME, or NAME:NUMBER with a number up to 4294967294
9:63-84 error E237: "b:99999999999999999999" is no group of user "e"
  hint: write NAME, or NAME:NUMBER with a number up to 4294967294
)");
}

TEST_CASE("passwords that are probably not meant") {
    const auto findings = [](const std::string& attributes) {
        return findings_of(document("<users><user name=\"a\" " + attributes + "/></users>"));
    };
    for (const char* const fine :
         {"$6$salt$hash",
          "$y$j9T$salt$hash",
          "$1$wYJUgpM5$RXMMeASDc035eX.NbYWFl0",
          "vh4vw1N4alxKQ",
          "_J9..rasmBYk8r9AiWNc",
          "*",
          "!",
          "!*",
          "!$6$salt$hash"}) {
        CAPTURE(fine);
        CHECK(findings(std::string("password=\"") + fine + "\"").empty());
    }
    CHECK(findings(R"(password="linux" pwdformat="plain")").empty());
    const std::string suspicious =
        R"(4:33 warning N210: the password of user "a" is taken as encrypted, but does not look like it: nobody could log in with it
  hint: add pwdformat="plain" if it is the password itself, or make an encrypted one with "mkpasswd"
)";
    for (const char* const odd :
         {"linux", "x", "$ecret", "$6$salt", "thirteen char", "_underscored"}) {
        CAPTURE(odd);
        CHECK(findings(std::string("password=\"") + odd + "\"") == suspicious);
    }
    CHECK(findings(R"(password="linux" pwdformat="encrypted")") == suspicious);
    const std::string none = R"(4:33 warning N211: user "a" needs no password to log in
  hint: write password="*" if nobody is to log in with a password
)";
    CHECK(findings(R"(password="")") == none);
    CHECK(findings(R"(password="" pwdformat="plain")") == none);
}

TEST_CASE("repositories without trust, of no place, twice") {
    CHECK(
        findings_of(document(R"(<repository alias="a"><source path="http://host/"/></repository>
<repository alias="a" repository_gpgcheck="false"><source path="svn://Some/Project"/></repository>
<repository alias="b" imageonly="true"><source path="mirror:"/></repository>
<repository alias="c" repository_gpgcheck="true"><source path="file:relative"/></repository>
<repository alias="d"><source path="https:///x"><signing key="file:none.asc"/></source></repository>
<repository alias="e" repository_gpgcheck="false"><source path="http://user:secret@host/a b"/></repository>)")) ==
        R"(4:1 error E252: repository "a" has no key to check its signature with
  hint: add <signing key="file:NAME.asc"/> to its <source>, or to use it unchecked repository_gpgcheck="false" to the <repository>
5:1 error E250: two repositories have the alias "a"
  hint: give one of them another alias
  4:1: first defined here
5:65-82 error E251: repository "a": "svn://Some/Project" is no place that packages can be fetched from
  hint: write a URL (http, https, ftp, file, dir), an absolute path, or "mirror:NAME"
6:54-60 error E251: repository "b": "mirror:" names no mirror
  hint: write "mirror:NAME" or "mirror:NAME/path", such as "mirror:debian"
7:1 error E252: repository "c" has no key to check its signature with
  hint: add <signing key="file:NAME.asc"/> to its <source>, or to use it unchecked repository_gpgcheck="false" to the <repository>
7:64-76 error E251: repository "c": "file:relative" is no absolute path
  hint: write "file:///path" or the path itself
8:37-46 error E251: repository "d": "https:///x" names no host
  hint: write "https://host/path"
8:63-75 error E243: repository "d": there is no key file /nonexistent/none.asc
9:65-91 error E251: repository "e": "http://host/a b" has characters that no URL has
  hint: write a blank as %20
)");
}

TEST_CASE("options for repositories that make no sense") {
    Selection selection;
    selection.add_repositories = {
        ",apt-deb",
        "http://host/,apt-dep,b@d,x,maybe,no,,,,never,url",
        "http://host/,,,,,,,,,false,,,more"};
    CHECK(
        findings_of(document(""), selection) ==
        R"(--add-repo error E255: --add-repo names no source
  hint: the fields are source,type,alias,priority,imageinclude,package_gpgcheck,{signing_keys},components,distribution,repository_gpgcheck,sourcetype
--add-repo error E255: --add-repo: "apt-dep" can't be the type
  hint: field 2 may be: apk, apt-deb, apt-rpm, deb-dir, mirrors, rpm-md
--add-repo error E255: --add-repo: "b@d" can't be the alias
  hint: field 3 may be: letters, digits, "_", "-" and "."
--add-repo error E255: --add-repo: "x" can't be the priority
  hint: field 4 may be: a whole number
--add-repo error E255: --add-repo: "maybe" can't be the imageinclude
  hint: field 5 may be: true, false
--add-repo error E255: --add-repo: "no" can't be the package_gpgcheck
  hint: field 6 may be: true, false
--add-repo error E255: --add-repo: "never" can't be the repository_gpgcheck
  hint: field 10 may be: true, false
--add-repo error E255: --add-repo: "url" can't be the sourcetype
  hint: field 11 may be: baseurl, metalink, mirrorlist
--add-repo error E255: --add-repo has 13 fields, more than the 11 there are
  hint: the fields are source,type,alias,priority,imageinclude,package_gpgcheck,{signing_keys},components,distribution,repository_gpgcheck,sourcetype
--add-repo error E252: repository "added-1" has no key to check its signature with
  hint: name one in field 7, or to use it unchecked write false in field 10
--add-repo error E252: repository "added-2" has no key to check its signature with
  hint: name one in field 7, or to use it unchecked write false in field 10
)");
}

TEST_CASE("containers that do nothing or hide each other") {
    CHECK(findings_of(document(R"(<packages type="image">
<container name="docker://h/a"/>
<container name="docker://h/b" save_as="/srv/x.tar"/>
<container name="docker://h/c" save_as="/srv//./x.tar"/>
<container name="docker://h/d" save_as="srv/x"/>
<container name="docker://h/e" save_as="/srv/../x"/>
<container name="docker://h/f" preload="true"/>
<container name="docker://h/g" save_as="/srv/"/>
<container name="docker://h/h" save_as="/srv/"/>
<container name="docker://h/h" save_as="/srv/./"/>
</packages>)")) == R"(5:18-29 error E260: nothing is to be done with container "docker://h/a"
  hint: add save_as="/path/in/the/image" or preload="true"
7:18-29 error E261: two containers are saved as "/srv/x.tar"
  6:18: first defined here
8:18-29 error E262: container "docker://h/d" can't be saved as "srv/x"
  hint: write an absolute path in the image without ".."
9:18-29 error E262: container "docker://h/e" can't be saved as "/srv/../x"
  hint: write an absolute path in the image without ".."
13:18-29 error E263: container "docker://h/h" stands twice
  12:18: first defined here
)");
}

TEST_CASE("containers saved where the node has its own") {
    CHECK(
        findings_of(document(R"(<packages type="image">
<container name="docker://h/a" save_as="/run/x.tar"/>
<container name="docker://h/b" save_as="//proc"/>
<container name="docker://h/c" save_as="/dev/shm/"/>
<container name="docker://h/d" save_as="/sys/./d"/>
<container name="docker://h/e" save_as="/runner/e"/>
<container name="docker://h/f" save_as="/var/tmp/f/"/>
</packages>)")) ==
        R"(5:18-29 error E267: container "docker://h/a" can't be in the image as "/run/x.tar"
  hint: the node makes /run, /proc, /sys and /dev itself: write another path
6:18-29 error E267: container "docker://h/b" can't be in the image as "//proc"
  hint: the node makes /run, /proc, /sys and /dev itself: write another path
7:18-29 error E267: container "docker://h/c" can't be in the image as "/dev/shm/"
  hint: the node makes /run, /proc, /sys and /dev itself: write another path
8:18-29 error E267: container "docker://h/d" can't be in the image as "/sys/./d"
  hint: the node makes /run, /proc, /sys and /dev itself: write another path
)");
}

TEST_CASE("containers with attributes that have no effect") {
    CHECK(
        findings_of(document(R"(<packages type="image">
<container name="docker://h/a" save_as="/srv/" backend="docker" preload_to="imagestore"/>
<container name="docker://h/b" preload="true" save_format="oci-dir"/>
<container name="docker://h/c" preload="true" preload_to="graphroot" backend="podman"/>
<container name="docker://h/d" save_as="/srv/" save_format="oci-dir"/>
</packages>
<containers source="r" backend="podman"><container name="e" fetch_only="true"/></containers>)")) ==
        R"(5:18-29 note N212: backend of container "docker://h/a" has no effect without preload="true"
5:18-29 note N212: preload_to of container "docker://h/a" has no effect without preload="true"
6:18-29 note N212: save_format of container "docker://h/b" has no effect without save_as
)");
}

TEST_CASE("containers in packages that take none") {
    CHECK(
        findings_of(
            document(R"(<packages type="image"><container name="a" preload="true"/></packages>
<packages type="warewulf"><container name="b" preload="true"/></packages>
<packages type="bootstrap"><container name="c" preload="true"/></packages>
<packages type="delete"><container name="d" preload="true" arch="aarch64"/></packages>
<packages type="uninstall"><container name="e" preload="true"/></packages>)")) ==
        R"(6:45-45 error E268: container "c" stands in packages of type "bootstrap"
  hint: move it to <packages type="image">
7:42-42 error E268: container "d" stands in packages of type "delete"
  hint: move it to <packages type="image">
8:45-45 error E268: container "e" stands in packages of type "uninstall"
  hint: move it to <packages type="image">
)");
}

TEST_CASE("values that would become something else where they are written") {
    Selection selection;
    selection.add_packages = {"-o=Dir::Etc=/tmp"};
    CHECK(
        findings_of(
            bare_document(
                R"(<preferences><version>1</version><packagemanager>apt</packagemanager><type image="warewulf"/>
<timezone>../../shadow</timezone><keytable>us de</keytable></preferences>
<packages type="image"><package name="--force"/><package name="a&#10;b"/><package name=""/><ignore name="-x"/></packages>
<packages type="delete"><package name="vim,tiny"/></packages>
<repository alias="r" distribution="bookworm&#10;deb"><source path="http://h/a&#10;deb"><signing key="http://h/k"/></source></repository>)"),
            selection) ==
        R"(--add-package error E246: "-o=Dir::Etc=/tmp" can't be the name of a package
4:1 error E216: "../../shadow" can't be a timezone
  hint: write a name such as UTC or Europe/Berlin
4:34 error E217: "us de" can't be a keytable
  hint: write a name such as us or de-latin1
5:39-45 error E246: "--force" can't be the name of a package
5:64-66 error E246: "a\x0ab" can't be the name of a package
  hint: write one element for each package
5:89 error E246: "" can't be the name of a package
5:106-107 error E246: "-x" can't be the name of a package
6:40-47 error E246: "vim,tiny" can't be the name of a package
  hint: write one element for each package
7:1 error E254: repository "r": "bookworm\x0adeb" holds a blank
7:69-82 error E251: repository "r": "http://h/a\x0adeb" has characters that no URL has
  hint: write a blank as %20
)");
}

TEST_CASE("an include of nothing is not silently left out") {
    CHECK(
        findings_of(document(R"(<include from="file://other.xml"/>)")) ==
        R"(4:16-31 error E272: there is no file /nonexistent/other.xml to include
  hint: paths are relative to the description's directory
)");
}

TEST_CASE("valid wishes that are not built yet are refused by build alone") {
    const Request request = request_of(bare_document(
        R"(<preferences><version>1</version><packagemanager>zypper</packagemanager><type image="warewulf"/></preferences>
<packages type="bootstrap"><package name="filesystem"/></packages>
<packages type="image"><container name="docker://h/a" preload="true"/></packages>)"));
    try {
        check_buildable(request);
        FAIL("not refused");
    } catch (const base::DescriptionError& error) {
        CHECK(error.exit_code() == base::ExitCode::usage);
        CHECK(
            render(error.diagnostics()) ==
            R"(1:1 error E275: there is no repository to take packages from
  hint: add a <repository>, or one for this selection
3:34 error E270: images with package manager "zypper" are not built yet
  hint: this version of imgbuild builds with "apt"
)");
    }
    const Request rpm = request_of(document(
        R"(<repository type="rpm-md" alias="r"><source path="http://h/"><signing key="http://h/k"/></source></repository>)"));
    try {
        check_buildable(rpm);
        FAIL("not refused");
    } catch (const base::DescriptionError& error) {
        CHECK(
            render(error.diagnostics()) ==
            R"(4:1 error E274: repository "r" of type "rpm-md" is nothing that apt can use
  hint: write type="apt-deb"
)");
    }
    CHECK_NOTHROW(check_buildable(request_of(document(
        R"(<repository type="apt-deb"><source path="http://h/"><signing key="http://h/k"/></source></repository>)"))));
}
