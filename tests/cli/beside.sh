#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Descriptions that name files which are not there, or lead out of their directory.
. "$(dirname "$0")/common.sh"

# refused: the description is; standard input is what `build` says.
refused() {
    run --progress none --store "$work/own-store" build description --target-dir out
    expect_status 2
    expect_stdout </dev/null
    expect_stderr
    [ ! -e out ] || fail "there is a result"
}

case_is "archive, file and script"
node description
sed -i -e '30a\        <archive name="tools.tar.gz"/>\n        <file name="motd" target="/etc/motd"/>' \
    -e 's|alias="debian" |&customize="edit.sh" |' description/config.xml
touch description/tool.tar.gz description/motd.txt
refused <<'END'
description/config.xml:18:5: note: repository "debian": customize has no effect yet [N205]
  18 |     <repository type="apt-deb" alias="debian" customize="edit.sh" distribution="bookworm" components="main">
     |     ^
description/config.xml:18:58: error: there is no script "edit.sh" beside the description [E244]
  18 |     <repository type="apt-deb" alias="debian" customize="edit.sh" distribution="bookworm" components="main">
     |                                                          ^~~~~~~
  hint: it is looked for as description/edit.sh
description/config.xml:31:24: error: there is no archive "tools.tar.gz" beside the description [E240]
  31 |         <archive name="tools.tar.gz"/>
     |                        ^~~~~~~~~~~~
  hint: did you mean tool.tar.gz?
description/config.xml:32:21: error: there is no file "motd" beside the description [E241]
  32 |         <file name="motd" target="/etc/motd"/>
     |                     ^~~~
  hint: did you mean motd.txt?
END
run validate description
expect_status 2

case_is "a key"
node description
rm description/debian-archive-bookworm.asc
refused <<'END'
description/config.xml:20:27: error: repository "debian": there is no key file description/debian-archive-bookworm.asc [E243]
  20 |             <signing key="file:debian-archive-bookworm.asc"/>
     |                           ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
END

case_is "a file outside of the description"
node description
ln -s /etc/passwd description/motd
sed -i '30a\        <file name="motd" target="/etc/motd"/>' description/config.xml
refused <<'END'
description/config.xml:31:21: error: file "motd" is outside the description's directory [E242]
  31 |         <file name="motd" target="/etc/motd"/>
     |                     ^~~~
  hint: put it beside the description; links must not lead out either
END

case_is "an overlay that is a link to nothing"
node description
ln -s nowhere description/root
refused <<'END'
error: description/root is a link that leads nowhere
  hint: put a copy in its place
END

case_is "an overlay that is no directory"
node description
touch description/root
refused <<'END'
error: description/root is a file, not a directory
  hint: root/ is a tree that goes over the packages' files; an archive of one is called root.tar.gz or root.tar.xz
END

case_is "a mistake in an overlay's excludes"
node description
mkdir -p description/root/etc/warewulf
printf 'boot/\nusr/[a-\n' >description/root/etc/warewulf/excludes
refused <<'END'
error: description/root/etc/warewulf/excludes:2: malformed pattern usr/[a-
  hint: a class needs its ], a backslash something behind it; \[ is a plain [
END

case_is "a script that is a link to nothing"
node description
ln -sf nowhere description/config.sh
refused <<'END'
error: description/config.sh is a link that leads nowhere
  hint: put a copy in its place
END

case_is "a secret"
node description
run --progress none --store "$work/own-store" build description --target-dir out --secret token=none
expect_status 2
expect_stderr <<'END'
error: the file none of the secret token does not exist
END
