# SPDX-License-Identifier: Apache-2.0
# Eight processes look at the same images, exec, build, copy, rename and replace them at once; nothing breaks.
# IMGBUILD_TOGETHER_SECONDS says for how long; tests/full takes a minute.
. "$(dirname "$0")/image_common.sh"
need_roots

tiny_root source
mkdir source/counts
for name in node other; do
    image import "$work/source" "$name"
    expect_status 0
    image build "$name"
    expect_status 0
done

# worker NUMBER: until the time is over. Each exec adds a file of its own; others' are only looked at. What a worker
# renames, deletes and makes anew is its own, so that it has to be there for it, and may be gone for everybody else.
worker() {
    local number=$1 round=0 name own=own-$1
    while [ "$(date +%s)" -lt "$end" ]; do
        round=$((round + 1))
        name=node
        [ $((round % 2)) = 0 ] || name=other
        case $(((number + round) % 12)) in
        0) attempt list --long && attempt list --json ;;
        1) attempt exec "$name" sh -c "$install; touch /counts/$number-$round" && echo "$name $number-$round" >>"made.$number" ;;
        2) attempt build "$name" ;;
        3) attempt copy --force "$name" "copy-$number" ;;
        4) attempt exec --atomic --no-build "$name" touch "/counts/$number-$round" &&
            echo "$name $number-$round" >>"made.$number" ;;
        5) attempt show --all "$name" && attempt list --chroot ;;
        6) attempt kernels ;;
        7) attempt size "$name" ;;
        8) attempt diff node other && attempt diff other node ;;
        9) attempt history "$name" ;;
        10) attempt import --force "$work/source" "$own" && attempt rename "$own" "$own-b" &&
            attempt rename "$own-b" "$own" && attempt delete "$own" ;;
        11) attempt rename --force "copy-$(((number + round) % 8 + 1))" "copy-$number" || is_refused ;;
        esac || exit 1
        is_whole "copy-$number" || { echo "a copy is not whole" >>"failed.$number"; exit 1; }
    done
}

# What an installation does: kernels come and go.
install='mkdir -p /boot /lib/modules/6.1.0-9; echo >/boot/vmlinuz-6.1.0-9; rm -r /boot /lib/modules'

# is_whole IMAGE: if it is there; it may get another name between two looks at it.
is_whole() {
    local try
    for try in 1 2 3 4 5; do
        [ -d "$chroots/$1" ] && [ ! -x "$chroots/$1/rootfs/bin/busybox" ] || return 0
        sleep 0.05
    done
    return 1
}

# The rename of an image that is not there (any more), or is the same, is refused properly.
is_refused() {
    grep -qE "^error: (there is no image copy-|copy-. can't be both )" "err.$number" && rm -f "failed.$number"
}

# attempt ARGUMENTS
attempt() {
    "$IMGBUILD" --progress none --store "$store" image --warewulfconf "$conf" "$@" \
        </dev/null >"out.$number" 2>"err.$number" && return
    { echo "image $*: $?"; cat "err.$number"; } >>"failed.$number"
    return 1
}

case_is "outputs are whole all the time, and no change is lost"
end=$(($(date +%s) + ${IMGBUILD_TOGETHER_SECONDS:-10}))
workers=()
for number in 1 2 3 4 5 6 7 8; do
    worker "$number" &
    workers+=($!)
done
while [ "$(date +%s)" -lt "$end" ]; do
    for name in node other; do
        zcat "$outputs/$name.img.gz" | cpio --quiet -t >names || fail "a server would have sent half an image"
        grep -qx bin/busybox names || fail "a server would have sent half an image"
    done
    sleep 0.2
done
for one in "${workers[@]}"; do
    wait "$one" || { cat failed.* >&2; fail "one of eight failed"; }
done
made=0
while read -r name file; do
    [ -e "$chroots/$name/rootfs/counts/$file" ] || fail "the change $file of $name is lost"
    made=$((made + 1))
done < <(cat made.*)
[ "$made" -gt 0 ] || fail "nothing was done"
echo "$made commands changed images"
for name in node other; do
    image build "$name"
    expect_status 0
    packed "$outputs/$name.img.gz" | grep '^counts/' | sort >names
    (cd "$chroots/$name/rootfs" && find counts -mindepth 1 | sort) | diff -u - names || fail "the output lacks changes"
done
[ -z "$(find "$outputs" -name '.*' -type f)" ] || fail "half an output is left"
nothing_left
