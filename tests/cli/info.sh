#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What `imgbuild info` says of a description.
. "$(dirname "$0")/common.sh"

mkdir -p it/root it/gpu
touch it/key.asc it/site.tar it/motd it/config.sh it/images.sh
cat >it/config.xml <<'END'
<image schemaversion="8.5" name="node">
  <description type="system"><author>A</author><contact>a@example.org</contact><specification>S</specification></description>
  <profiles>
    <profile name="base" description="all nodes" import="true"/>
    <profile name="gpu" description="with a GPU"><requires profile="base"/></profile>
  </profiles>
  <preferences>
    <version>1.0</version><packagemanager>apt</packagemanager><timezone>UTC</timezone>
    <type image="oem"/>
    <type image="warewulf"/>
  </preferences>
  <users><user name="alice" id="1000" groups="users,video" password="secret" pwdformat="plain"/></users>
  <repository alias="site" distribution="bookworm" components="main extra" imageinclude="true">
    <source path="mirror:site/packages"><signing key="file:key.asc"/></source>
  </repository>
  <packages type="bootstrap"><package name="base-files"/></packages>
  <packages type="image" profiles="base"><package name="systemd"/><package name="arm" arch="aarch64"/><ignore name="exim4"/>
    <archive name="site.tar" target_dir="/opt"/><file name="motd" target="/etc/motd"/></packages>
  <packages type="image" profiles="gpu"><package name="driver"/></packages>
  <packages type="oem"><package name="grub2"/></packages>
  <packages type="delete"><package name="perl"/></packages>
</image>
END

case_is "for people"
run info it --target-arch amd64 --mirror site=http://user:word@mirror.invalid/x --add-package vim
expect_status 0
expect_stderr <<'END'
it/config.xml:20:3: note: packages of type "oem" are left out: type "warewulf" is built [N203]
  20 |   <packages type="oem"><package name="grub2"/></packages>
     |   ^
END
expect_stdout <<'END'
node 1.0 for x86_64
  description    it/config.xml
  what           S
  author         A
  contact        a@example.org
  types          oem, warewulf (selected)
  packagemanager apt
  timezone       UTC

Profiles (* selected)
  * base: all nodes
    gpu: with a GPU

Repositories
  site: http://mirror.invalid/x/packages bookworm main extra (--mirror), kept by the image

Packages
  bootstrap (line 16)
    base-files
  image, profiles base (line 17)
    systemd
   not installed even if recommended:
    exim4
  oem (line 20): left out, it is for another type
    grub2
  delete (line 21)
    perl
  --add-package
    vim

Archives and files
  site.tar into /opt
  motd as /etc/motd

Scripts
    config.sh, images.sh

Trees that are copied over the image
    root

Users
  alice (1000), groups users,video
END

case_is "as JSON"
run --log-level error info it --target-arch arm64 --mirror site=http://mirror.invalid/x --profile gpu --json
expect_status 0
cp "$work/stdout" info.json
[ "$(field info.json 'it["arch"], it["type"]')" = "('aarch64', 'warewulf')" ] || fail "type and architecture"
[ "$(field info.json '[p["name"] for p in it["profiles"] if p["selected"]]')" = "['base', 'gpu']" ] || fail "profiles"
[ "$(field info.json '[(s["section"], s["line"], s["takes_part"], [p["name"] for p in s["packages"]]) for s in it["packages"]]')" = \
    "[('bootstrap', 16, True, ['base-files']), ('image', 17, True, ['systemd', 'arm']), ('image', 19, True, ['driver']), ('oem', 20, False, ['grub2']), ('delete', 21, True, ['perl'])]" ] ||
    fail "packages"
[ "$(field info.json 'it["trees"], it["scripts"]')" = "(['root', 'gpu'], ['config.sh', 'images.sh'])" ] || fail "files beside"
[ "$(field info.json 'it["repositories"][0]["url"]')" = "http://mirror.invalid/x/packages" ] || fail "the mirror"
if grep -q secret info.json; then fail "the password is shown"; fi

case_is "what is wrong does not hide the rest"
rm it/site.tar
run info it --target-arch amd64 --mirror site=http://mirror.invalid/x
expect_status 2
grep -q 'there is no archive "site.tar" beside the description \[E240\]' "$work/stderr" || fail "not reported"
expect_line "$work/stdout" '  site.tar into /opt'

case_is "an unknown mirror is said where the repository is"
run info it --target-arch amd64
grep -q '^  site: .*mirror' "$work/stdout" || fail "the mirror is not named"

case_is "every package that would be installed"
need_installed_node
node described
run --progress none --store "$store" info described --resolve-package-list --json
expect_status 0
cp "$work/stdout" info.json
[ "$(field info.json 'len(it["resolved_packages"]) > len(it["packages"])')" = True ] || fail "nothing is resolved"
[ "$(field info.json 'sorted({p["repository"] for p in it["resolved_packages"]})')" != "[]" ] || fail "no repository"
[ "$(field info.json 'all(p["version"] and len(p["digest"]) == 64 for p in it["resolved_packages"])')" = True ] ||
    fail "versions and digests"
