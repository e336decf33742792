#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# No space left, in the store and in the target directory: exit 74, and nothing half-made.
. "$(dirname "$0")/common.sh"
need_root
need_installed_node

# in_small_disk SIZE DIRECTORY ARGUMENTS: imgbuild with a full-sized world and this one small directory,
# which exists in a mount namespace of its own. What is in it afterwards stands in $work/left.
in_small_disk() {
    local size=$1 directory=$2
    shift 2
    mkdir -p "$directory"
    status=0
    # shellcheck disable=SC2016 # the inner shell expands
    unshare --mount --propagation private bash -c '
        mount -t tmpfs -o "size=$1" none "$2" || exit 99
        directory=$2 out=$3
        shift 3
        status=0
        "$IMGBUILD" --progress none "$@" >"$out/stdout" 2>"$out/stderr" </dev/null || status=$?
        (cd "$directory" && find . -mindepth 1) >"$out/left"
        exit "$status"' bash "$size" "$directory" "$work" "$@" || status=$?
    [ "$status" -ne 99 ] || skip "a file system can't be mounted here"
    sed -i -e '/^  | the whole log: /d' -e 's/\.imgbuild-[0-9a-f]\{16\}/.imgbuild-RANDOM/' \
        -e 's/[0-9a-f]\{16\}\.part/RANDOM.part/' stderr
}

case_is "the target directory"
node description
echo "# $RANDOM$RANDOM" >>description/config.sh
in_small_disk 20m small --store "$store" build description --target-dir small/out
expect_status 74
expect_stderr <<END
warning: Warewulf's boot scripts need ip [missing-programs]; add the packages util-linux, mount, iproute2, sed and coreutils
warning: there is no D-Bus: logind and systemctl work only in part [no-dbus]; add <package name="dbus"/>
warning: there is no SSH server [no-sshd]; add <package name="openssh-server"/>
error: writing small/out.imgbuild-RANDOM/cli-node.$(uname -m)-1.0.0.img.gz: No space left on device
  hint: free some space there, or choose another place with --store or --target-dir
END
[ ! -s left ] || fail "left in the target directory: $(cat left)"

case_is "the store"
in_small_disk 20m small --store "$work/small" build description --target-dir out
expect_status 74
expect_stderr <<'END'
description/config.xml:18:5: error: repository 'debian': in the store WORK/small: writing WORK/small/work/RANDOM.part: No space left on device
  hint: free some space there, or choose another place with --store or --target-dir
END
! grep '^\./work/.' left || fail "unfinished work is left"
[ ! -e out ] || fail "there is a result"

case_is "the store, before anything is fetched"
in_small_disk 250m small --store "$work/small" build description --target-dir out
expect_status 74
sed -i 's/[0-9.]* MB/N MB/g' stderr
expect_stderr <<'END'
error: N MB is needed in WORK/small (N MB to download, N MB decompressed, N MB installed), but only N MB is free
  hint: remove what is not needed with 'imgbuild cache prune', or name another place with --store
END
# Of the mirror's files it has the two of the index.
[ "$(grep -c '^\./blobs/sha256/../.' left)" = 2 ] || fail "packages were fetched: $(cat left)"

case_is "the store, while a script writes"
cp -r description filling
script filling/config.sh <<'END'
#!/bin/bash
set -e
head -c 700M /dev/zero >/opt/data
END
in_small_disk 700m small --store "$work/small" build filling --target-dir out
expect_status 74
expect_line stderr "  | head: error writing 'standard output': No space left on device"
expect_line stderr "  hint: the file system of the store is full: free some space there, or name another place with --store"
[ ! -e out ] || fail "there is a result"

case_is "the store, while apt resolves"
# As large as the indexes, and hardly larger.
run --store "$work/indexes" explain description
indexes=$(du -sk "$work/indexes" | cut -f1)
in_small_disk "$((indexes + 500))k" small --store "$work/small" build description --target-dir out
expect_status 74
expect_stderr <<'END'
error: apt-get, resolving packages in the store WORK/small: No space left on device
  hint: free some space there, or choose another place with --store or --target-dir
END
