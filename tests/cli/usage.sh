#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is typed wrongly, and options of every verb before and after it.
. "$(dirname "$0")/common.sh"

# refused MESSAGE HINT ARGUMENTS
refused() {
    local message=$1 hint=$2
    shift 2
    case_is "$*"
    run "$@"
    expect_status 2
    expect_stdout </dev/null
    expect_stderr <<END
error: $message
  hint: $hint
END
}

refused 'there is no verb "frobnicate"' 'see imgbuild --help' frobnicate
refused 'there is no verb "bild"' 'did you mean build?' bild
refused 'there is no verb "bild"' 'did you mean build?' --store build bild
refused 'imgbuild needs a verb: build, validate, info, migrate, explain, explain-code, schema, boot, shell, image, cache, oci or version' 'see imgbuild --help'
refused 'build needs a DESCRIPTION' 'see imgbuild build --help' build
refused 'build takes no further word "y"' 'see imgbuild build --help' build x y
refused '--store needs a value: --store DIR' 'see imgbuild validate --help' validate --store
refused '--store is given more than once' 'see imgbuild build --help' --store x build --store y z
refused 'build has no option --targetdir' 'did you mean --target-dir?' build --targetdir=out x
refused 'build has no option -x' 'see imgbuild build --help' build -x y
refused 'cache needs a verb: list, verify, prune or warm' 'see imgbuild cache --help' cache
refused 'cache has no verb "lsit"' 'did you mean list?' cache lsit
refused 'list has no option --al' 'did you mean --all?' cache list --al
refused '--jobs: "none" is no number from 1 to 1024' 'see imgbuild validate --help' validate --jobs none x
refused '--jobs: "0" is no number from 1 to 1024' 'see imgbuild validate --help' validate --jobs=0 x
refused '--driver: "zfs" is none of auto, overlay, plain' 'see imgbuild build --help' build --driver zfs x
refused '--overlay: there is no file none' 'see imgbuild boot --help' boot --overlay none x
refused '--color: "blue" is none of always, auto, never' 'see imgbuild build --help' build --color=blue x
refused '--color: "blue" is none of always, auto, never' 'see imgbuild build --help' --color=blue build x
refused 'there is no description /nonexistent' \
    'name a directory with a config.xml or one *.kiwi file, or the file itself' validate /nonexistent
mkdir empty
refused 'directory empty holds no description' 'a description is a config.xml or a *.kiwi file' validate empty

case_is "options of every verb before and after it"
node description
run --color=never --log-level=error --progress none validate description
expect_status 0
run validate --color never description --log-level error --progress=none
expect_status 0
run --store "$work/none" cache list
cp "$work/stdout" before
run cache list --store "$work/none"
cmp before "$work/stdout" || fail "--store after the verb is another one"

case_is "options of one verb before it"
run --schema-only --progress none validate description
expect_status 0
refused 'directory empty holds no description' 'a description is a config.xml or a *.kiwi file' \
    --profile A --store "$work/none" build empty --target-dir out
refused 'validate has no option --target-dir' 'it is an option of build' --target-dir out validate empty

case_is "help of every verb goes to standard output"
for verb in '' build validate info migrate explain explain-code schema boot shell image 'image list' 'image exec' \
    'image build' cache 'cache warm' oci 'oci inspect' 'oci unpack' version; do
    # shellcheck disable=SC2086 # no verb is no argument
    run $verb --help
    expect_status 0
    grep -q '^Usage: imgbuild' "$work/stdout" || fail "no usage line for '$verb'"
    expect_stderr </dev/null
done
