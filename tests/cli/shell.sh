# SPDX-License-Identifier: Apache-2.0
# `imgbuild shell`: the root after a stage, in the sandbox; what it changes is thrown away unless it is to be kept, and
# builds never see it.
. "$(dirname "$0")/common.sh"
need_installed_node
node description
script description/config.sh <<END
#!/bin/bash
set -e
echo "$RANDOM$RANDOM" >/etc/by-config
END

# in_shell ARGUMENTS: with standard input as what is typed.
in_shell() {
    status=0
    "$IMGBUILD" --progress none --store "$store" shell description "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
}

case_is "commands are read, and the last one's status is the program's"
in_shell --stage install <<'END'
id -u
pwd
ls /etc/by-config
touch /etc/thrown-away
exit 3
END
expect_status 3
expect_stdout <<'END'
0
/
END

case_is "the last stage is the default; a command instead of a shell"
in_shell -- cat /etc/by-config </dev/null
expect_status 0
[[ $(cat stdout) =~ ^[0-9]+$ ]] || fail "config.sh did not run"

case_is "changes are thrown away"
in_shell --stage install -- test -e /etc/thrown-away </dev/null
expect_status 1

case_is "--keep keeps them for the next shell of this stage, and for nothing else"
in_shell --stage accounts --keep -- sh -c 'echo mine >/etc/kept' </dev/null
expect_status 0
in_shell --stage accounts -- cat /etc/kept </dev/null
expect_status 0
expect_stdout <<'END'
mine
END
in_shell --stage install -- test -e /etc/kept </dev/null
expect_status 1
build description --target-dir out
expect_status 0
zcat out/*.img.gz | cpio --quiet -t >names
expect_line names etc/by-config
! grep -x etc/kept names || fail "what a shell kept is in the image"

case_is "the sandbox: no network, no devices of the host"
in_shell -- sh -c 'cat /proc/net/dev | grep -c : ; ls /dev/kmsg /dev/sda' </dev/null
expect_line stdout 1
! grep '^/dev/' stdout || fail "the host's devices are there"

case_is "the root as a script that failed left it"
script description/config.sh <<END
#!/bin/bash
echo half >/etc/half-done
exit 1
END
build description --target-dir out
expect_status 4
in_shell --stage config -- cat /etc/half-done </dev/null
expect_status 0
expect_stdout <<'END'
half
END

case_is "a script's secrets, to run it again by hand"
echo sesame >token
build description --target-dir out --secret "token=$work/token"
expect_status 4
in_shell --stage config --secret "token=$work/token" -- cat /run/secrets/token </dev/null
expect_status 0
expect_stdout <<'END'
sesame
END

case_is "a stage that there is not"
in_shell --stage nosuch </dev/null
expect_status 2
expect_stderr <<'END'
error: this description has no stage "nosuch"
  hint: its stages are install, accounts, config, scrub
END
