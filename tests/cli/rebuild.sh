#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What runs again, and what does not; and what a result directory holds.
. "$(dirname "$0")/common.sh"
need_installed_node
result=out/imgbuild.result.json

# "name cached" of each stage, in one line.
stages() {
    field "$result" '" ".join(s["name"] + ("" if s["cached"] else "*") for s in it["stages"])'
}

digests() {
    field "$result" '"\n".join(a["path"] + " " + a["sha256"] for a in it["artifacts"] if a["kind"] != "log")'
}

case_is "a script nobody ran before"
node description
# A name of its own: other tests that build cli-node in this store would be what explain compares with.
sed -i 's/name="cli-node"/name="cli-rebuild"/' description/config.xml
build description --target-dir first
expect_status 0
# $RANDOM makes the script a new one for the store.
script description/config.sh <<END
#!/bin/bash
echo $$ $RANDOM $(date +%s%N) >/etc/built
END
build description --target-dir out
expect_status 0
[ "$(stages)" = "install accounts config* scrub* pack*" ] || fail "stages: $(stages)"
before=$(digests)

case_is "the result directory"
base=cli-rebuild.$(uname -m)-1.0.0
# shellcheck disable=SC2012 # the names are ours
[ "$(ls out | tr '\n' ' ')" = \
    "build.log $base.img.gz $base.packages $base.vmlinuz imgbuild.result.json resolution.json " ] ||
    fail "it holds $(ls out)"
[ "$(field "$result" 'it["name"], it["version"], it["arch"]')" = \
    "('cli-rebuild', '1.0.0', '$(uname -m)')" ] || fail "name, version or arch are wrong"
[ "$(field "$result" '[a["kind"] for a in it["artifacts"]]')" = \
    "['image', 'kernel', 'packages', 'resolution', 'log']" ] || fail "kinds of artifacts"
field "$result" '"\n".join(a["sha256"] + "  out/" + a["path"] for a in it["artifacts"])' | sha256sum --check --quiet
[ "$(field "$result" 'all(__import__("os").stat("out/" + a["path"]).st_size == a["size"] for a in it["artifacts"])')" = True ] ||
    fail "sizes of artifacts"
[ "$(field "$result" 'it["kernel"]["version"] != "" and len(it["warnings"]) > 0')" = True ] || fail "kernel or warnings"
[ "imgbuild $(field "$result" 'it["tool"]["version"]')" = "$("$IMGBUILD" version)" ] || fail "the tool's version"
zcat "out/$base.img.gz" | cpio --quiet -t >names
expect_line names etc/built
awk -F'|' 'NF != 7' "out/$base.packages" | grep . && fail "the list of packages is not kiwi's"

case_is "an unchanged description runs no stage"
build description --target-dir out
expect_status 0
[ "$(stages)" = "install accounts config scrub pack" ] || fail "stages: $(stages)"
[ "$(digests)" = "$before" ] || fail "other bytes"

case_is "an unchanged description, into another directory"
build description --target-dir out2
expect_status 0
result=out2/imgbuild.result.json
[ "$(digests)" = "$before" ] || fail "other bytes"
result=out/imgbuild.result.json

case_is "explain says what differs"
echo "echo more $RANDOM" >>description/config.sh
run --progress none --store "$store" explain description
expect_status 0
sed -n 's/^\([a-z]*\)  *[0-9a-f]\{12\}  *\(.*\)$/\1: \2/p' stdout >states
diff states - <<'END' || fail "explain says something else"
install: cached
accounts: cached
config: to run: config.sh changed
scrub: to run: the stage below changed
pack: to run, unless the target directory holds its result
END

case_is "explain says what differs from a build of another checkout"
cp -r description checkout
run --progress none --store "$store" explain checkout
expect_status 0
grep -Eq '^config +[0-9a-f]{12} +to run: config.sh changed$' stdout || fail "explain says something else"
run --progress none --store "$store" explain checkout --add-package tree
expect_status 0
grep -Eq '^install +[0-9a-f]{12} +to run: .*package tree:.* was added' stdout || fail "the package is not named"
rm -r checkout

case_is "the stage pack has no root"
run --progress none --store "$store" shell description --stage pack
expect_status 2
expect_stderr <<'END'
error: the stage pack has no root of its own: it packs that of the last one
  hint: that is --stage scrub
END

case_is "a changed script runs its stage and those above"
build description --target-dir out
expect_status 0
[ "$(stages)" = "install accounts config* scrub* pack*" ] || fail "stages: $(stages)"

case_is "explain asks no mirror, and says how old its answer is"
mkdir nothing
export no_proxy=127.0.0.1
serve nothing
run --store "$store" explain description --mirror "debian=http://127.0.0.1:$port"
expect_status 0
grep -Eq '^resolved (just now|.* ago; a build asks the mirrors again, so does --refresh)$' stdout ||
    fail "nothing says how old the resolution is"
run --store "$store" explain description --mirror "debian=http://127.0.0.1:$port" --json
expect_status 0
[ "$(field stdout '__import__("time").time() - it["resolved"] < 86400')" = True ] || fail "the time in JSON is wrong"
stop_server
[ ! -s requests ] || fail "explain asked a mirror: $(cat requests)"

case_is "explain takes no earlier answer for that of another repository"
run --store "$store" explain description --set-repo http://127.0.0.1:1/debian --tries 1
expect_status 75

case_is "explain asks if it has to, or is told to"
serve nothing
run --store "$work/other-store" explain description --mirror "debian=http://127.0.0.1:$port"
expect_status 3
expect_line stderr "no earlier resolution of this description is in the store: the mirrors are asked"
run --store "$store" explain description --mirror "debian=http://127.0.0.1:$port" --refresh
expect_status 3
stop_server

case_is "warnings of stages that did not run again"
cp -r description warning
sed -i 's|^</image>|<packages type="uninstall"><package name="not-there"/></packages></image>|' warning/config.xml
script warning/images.sh <<END
#!/bin/bash
echo $RANDOM$RANDOM
END
result=out3/imgbuild.result.json
build warning --target-dir out3
expect_status 0
expect_line stderr 'warning: package not-there is to be removed but is not installed'
echo "echo more" >>warning/images.sh
build warning --target-dir out3
expect_status 0
[ "$(stages)" = "install accounts config remove finish* scrub* pack*" ] || fail "stages: $(stages)"
[ "$(field "$result" '"package not-there is to be removed but is not installed" in it["warnings"]')" = True ] ||
    fail "the warning is lost"
! grep not-there stderr || fail "an old warning is shown again"
result=out/imgbuild.result.json

case_is "a failed build leaves the former result"
digests >before
echo "exit 1" >>description/config.sh
build description --target-dir out
expect_status 4
digests | diff before - || fail "the result changed"

case_is "a target directory that is a file"
echo keep >file
build description --target-dir file
expect_status 2
expect_stderr <<'END'
error: the target directory WORK/file is not a directory
  hint: name another one with --target-dir, or move what is there out of the way
END
[ "$(cat file)" = keep ] || fail "the file was touched"

case_is "what ran when"
node description
build description --target-dir out --trace trace.json --timeline timeline.svg
expect_status 0
field trace.json '"\n".join(e["name"] for e in it["traceEvents"] if e.get("cat") == "activity")' |
    grep -x "resolving packages" >/dev/null || fail "the trace lacks what was done"
grep -F "resolving packages" timeline.svg >/dev/null || fail "the picture lacks what was done"

case_is "a target directory that can't be made: said before any stage runs"
node description
echo "echo $RANDOM$RANDOM" >>description/config.sh
run --progress plain --store "$store" build description --target-dir /proc/out
expect_status 74
sed -i 's/imgbuild-[0-9a-f]\{16\}/imgbuild-RANDOM/' stderr
expect_line stderr 'error: making the directory /proc/out.imgbuild-RANDOM: No such file or directory'
! grep -q 'running config.sh' stdout stderr || fail "a stage was run first"

case_is "a target directory somebody works in stays that directory"
mkdir here
(cd here && inode=$(stat -c %i .) &&
    "$IMGBUILD" --progress none --store "$store" build ../description --target-dir . >/dev/null 2>&1 &&
    [ "$inode" = "$(stat -c %i ../here)" ]) || fail "it was replaced"
ls here/*.img.gz here/imgbuild.result.json >/dev/null || fail "there is no result"
[ -z "$(find here . -maxdepth 1 -name '*.imgbuild-*')" ] || fail "something is left"

case_is "a target directory whose parent may not be written"
mkdir -p locked/out
chmod 555 locked
build description --target-dir locked/out
expect_status 0
build description --target-dir locked/out --compression fast
expect_status 0
chmod 755 locked
ls locked/out/*.img.gz locked/out/imgbuild.result.json >/dev/null || fail "there is no result"
[ "$(find locked/out -mindepth 1 | wc -l)" = "$(ls locked/out | wc -l)" ] || fail "something is left"

case_is "a target directory below a file"
build description --target-dir file/out
expect_status 2
expect_stderr <<'END'
error: the target directory file/out would lie below a file
  hint: name another one with --target-dir, or move what is there out of the way
END

if [ "$(id -u)" = 0 ]; then
    case_is "a target directory that is a mount point"
    mkdir volume
    status=0
    # shellcheck disable=SC2016 # the inner shell expands
    unshare --mount --propagation private bash -c '
        mount -t tmpfs none volume || exit 99
        for level in fast default; do
            "$IMGBUILD" --progress none --store "$1" build description --target-dir volume \
                --compression "$level" || exit 1
        done >stdout 2>stderr
        echo theirs >volume/notes
        "$IMGBUILD" --progress none --store "$1" build description --target-dir volume || exit 1
        ls -A volume' bash "$store" >left 2>stderr || status=$?
    [ "$status" -ne 99 ] || skip "a file system can't be mounted here"
    expect_status 0
    grep -x notes left >/dev/null || fail "the file of others is gone"
    ! grep '^\.' left || fail "something is left"
fi
