# SPDX-License-Identifier: Apache-2.0
# Eight processes list, exec, build and copy the same images at once; nothing breaks. IMGBUILD_TOGETHER_SECONDS says for
# how long; tests/full takes a minute.
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

# worker NUMBER: until the time is over. Each exec adds a file of its own.
worker() {
    local number=$1 round=0 name
    while [ "$(date +%s)" -lt "$end" ]; do
        round=$((round + 1))
        name=node
        [ $((round % 2)) = 0 ] || name=other
        case $(((number + round) % 6)) in
        0) attempt list --long ;;
        1) attempt exec "$name" touch "/counts/$number-$round" && echo "$name $number-$round" >>"made.$number" ;;
        2) attempt build "$name" ;;
        3) attempt copy --force "$name" "copy-$number" ;;
        4) attempt exec --atomic --no-build "$name" touch "/counts/$number-$round" &&
            echo "$name $number-$round" >>"made.$number" ;;
        5) attempt show --all "$name" ;;
        esac || exit 1
        [ ! -d "$chroots/copy-$number" ] || [ -x "$chroots/copy-$number/rootfs/bin/busybox" ] ||
            { echo "a copy is not whole" >>"failed.$number"; exit 1; }
    done
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
