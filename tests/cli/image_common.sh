# SPDX-License-Identifier: Apache-2.0
# Read by the tests of `imgbuild image`: common.sh, and a Warewulf server's directories of the test's own
# below $work, with a node n1 that loads the image "node".
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

conf=$work/etc/warewulf.conf
chroots=$work/chroots
outputs=$work/provision/images
root=$chroots/node/rootfs
output=$outputs/node.img.gz

mkdir -p "$work/etc"
cat >"$conf" <<END
paths:
  wwchrootdir: $chroots
  wwprovisiondir: $work/provision
image mounts:
- source: /etc/resolv.conf
  dest: /etc/resolv.conf
  readonly: true
END
cat >"$work/etc/nodes.conf" <<'END'
nodeprofiles:
  default:
    image name: node
nodes:
  n1:
    profiles:
    - default
END

# image ARGUMENTS: `imgbuild image` in the test's own place.
image() {
    run --progress none --color never --store "$store" image --warewulfconf "$conf" "$@"
}

# Names of what an output holds.
packed() {
    zcat "$1" | cpio --quiet -t
}

# What a killed or failed command must not leave.
nothing_left() {
    [ -z "$(find "$chroots/.imgbuild/work" -mindepth 1 2>/dev/null)" ] || fail "work is left"
    ! grep -q "$work" /proc/mounts || fail "a mount is left"
}

# The image "node", of the description that all tests share.
import_node() {
    need_installed_node
    node "$work/desc"
    image import "$work/desc" node
    expect_status 0
}

# tiny_root DIRECTORY: a root with busybox only, for what needs no real system.
tiny_root() {
    mkdir -p "$1"/{bin,etc,root,tmp,sbin,usr}
    cp "$(command -v busybox)" "$1/bin/busybox"
    local name
    for name in sh cat chmod chown cp echo env false find id kill ln ls mkdir mkfifo mv pwd rm sed sleep stat stty \
        tail test touch true tty wc; do
        ln -s busybox "$1/bin/$name"
    done
    printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n' >"$1/etc/passwd"
    printf 'root:x:0:\nuser:x:1000:\n' >"$1/etc/group"
    : >"$1/etc/resolv.conf"
}

# own_mounts: called first, the test goes on with mounts of its own, for play_machine.
own_mounts() {
    [ -z "${IMGBUILD_OWN_MOUNTS-}" ] || return 0
    IMGBUILD_OWN_MOUNTS=1 unshare --mount --propagation private bash "$(cd "$OLDPWD" && realpath "$0")"
    exit
}

# play_machine: this machine has the users and groups of $root from now on, so that it does not depend on the machine who
# is in conflict with whom. They can be changed in ./this-machine.
play_machine() {
    cp -a /etc this-machine
    cp "$root/etc/passwd" "$root/etc/group" this-machine/
    mount --bind this-machine /etc
}

# exec_in_background IMAGE ARGUMENTS: `image exec` that goes on; $victim is its process.
exec_in_background() {
    "$IMGBUILD" --progress none --store "$store" image --warewulfconf "$conf" exec "$@" \
        </dev/null >"$work/victim.out" 2>"$work/victim.err" &
    victim=$!
    servers+=("$victim")
}

# until_exists FILE: waits for what a process in the background makes.
until_exists() {
    until [ -e "$1" ]; do
        kill -0 "$victim" 2>/dev/null || { cat "$work/victim.err" >&2; fail "it ended early"; }
        sleep 0.05
    done
}
