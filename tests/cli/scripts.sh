#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Scripts of a description that fail: exit 4, with the script's line, its last lines and how to look around.
. "$(dirname "$0")/common.sh"
need_installed_node

# fails LINE STATUS [LINE BEFORE], with the script on standard input and the wanted last lines in $work/last.
fails() {
    node description
    script description/config.sh
    build description --target-dir out
    expect_status 4
    grep -q "^  | the whole log: $store/logs/" stderr || fail "the log is not named"
    sed -i '/^  | the whole log: /d' stderr
    {
        [ -z "${3-}" ] || echo "$3"
        echo "description/config.sh:$1: error: stage config: config.sh ended with status $2"
        sed 's/^/  | /' last
        echo "  hint: look around in the root as the script left it: imgbuild shell description/config.xml" \
            "--store STORE --stage config"
    } | expect_stderr
    [ ! -e out ] || fail "there is a result"
}

case_is "a command fails under set -e"
printf '%s\n' first "ls: cannot access '/nowhere': No such file or directory" >last
fails 5 2 <<'END'
#!/bin/bash
set -e
. /.kconfig
Echo "first"
ls /nowhere
echo never
END

case_is "the script's own exit"
echo leaving >last
fails 3 7 <<'END'
#!/bin/bash
echo leaving
exit 7
END

case_is "the script dies of a signal, under set -x"
printf '%s\n' "+ kill -SEGV 2" >last
fails 3 "139: it or its last command was killed by signal SIGSEGV" <<'END'
#!/bin/bash
set -x
kill -SEGV $$
END

case_is "a helper function that does not exist"
message="there is no helper function baseNoSuch; there are baseUpdateSysConfig, baseSetRunlevel, baseService, baseInsertService, baseRemoveService, suseInsertService, suseRemoveService, baseCleanMount, baseStripLocales, Echo, Rm, Debug"
echo "/image/config.sh: line 4: $message" >last
fails 4 127 "warning: description/config.sh:4: $message" <<'END'
#!/bin/bash
set -e
. /.kconfig
baseNoSuch x
END

case_is "a helper function that does not exist, and a script that goes on"
node description
script description/config.sh <<'END'
#!/bin/bash
. /.kconfig
baseNoSuch x
echo went on >/etc/on
END
build description --target-dir out
expect_status 0
expect_line stderr "warning: description/config.sh:3: $message"
[ "$(field out/imgbuild.result.json 'sum("config.sh:3: there is no helper" in w for w in it["warnings"])')" = 1 ] ||
    fail "the result does not keep the warning"
rm -r out

# cannot_start MESSAGE HINT, with the script on standard input.
cannot_start() {
    node description
    script description/config.sh
    build description --target-dir out
    expect_status 4
    sed -i '/^  | the whole log: /d' stderr
    expect_stderr <<END
description/config.sh:1: error: stage config: $1
  hint: $2
END
    [ ! -e out ] || fail "there is a result"
}
look="look around in the root: imgbuild shell description/config.xml --store STORE --stage config"

case_is "an interpreter that the image does not have"
cannot_start "config.sh can't be started: the image has no /usr/bin/python3.9" \
    "add the package that has it, or correct the script's first line; $look" <<'END'
#! /usr/bin/python3.9 -u
print("never")
END

case_is "an interpreter that can't be run"
cannot_start "config.sh can't be started by /etc/passwd: Permission denied" "$look" <<'END'
#!/etc/passwd
END

case_is "lines that end as on Windows"
cannot_start "config.sh can't be started: the image has no /bin/bash\\x0d" \
    "the script's lines end as on Windows: take the carriage returns away with sed -i 's/\r\$//'" <<END
#!/bin/bash$(printf '\r')
echo never
END

case_is "a script in another language has no line, but says where it was itself"
node description
script description/config.sh <<'END'
#!/usr/bin/perl
$| = 1;
print "first\n";
die "no way";
END
build description --target-dir out
expect_status 4
sed -i '/^  | the whole log: /d' stderr
expect_stderr <<'END'
description/config.sh: error: stage config: config.sh, run by /usr/bin/perl, ended with status 255
  | first
  | no way at /image/config.sh line 4.
  hint: look around in the root as the script left it: imgbuild shell description/config.xml --store STORE --stage config
END

case_is "the failed stage's root can be looked at"
node description
script description/config.sh <<'END'
#!/bin/bash
echo left behind >/etc/trace
exit 1
END
build description --target-dir out
expect_status 4
run --progress none --store "$store" shell description --stage config -- cat /etc/trace
expect_status 0
expect_stdout <<'END'
left behind
END

case_is "the hint takes the options along that decide which root it is"
node description
sed -i 's|<preferences>|<profiles><profile name="a b" description="one"/></profiles>\n    <preferences>|' \
    description/config.xml
script description/config.sh <<'END'
#!/bin/bash
exit 1
END
build description --target-dir out --profile "a b" --mirror other=http://u:pw@127.0.0.1/x --compression none
expect_status 4
expect_line stderr "  hint: look around in the root as the script left it: imgbuild shell description/config.xml --store STORE --profile 'a b' --mirror other=http://127.0.0.1/x --stage config"
