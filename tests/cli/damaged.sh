#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Damage to each kind of entry of the store, by a byte that flipped and by a file that was cut short: it is found,
# what is damaged is set aside and made anew, and the result has the same bytes.
. "$(dirname "$0")/common.sh"
. "$here/registry.sh"
need_root
need_installed_node
shared=$store

# flip FILE…: a byte in the middle is another one. Times stay, as they do when a disk forgets.
flip() {
    python3 - "$@" <<'END'
import os
import sys

for path in sys.argv[1:]:
    status = os.stat(path)
    with open(path, "r+b") as file:
        file.seek(status.st_size // 2)
        byte = file.read(1)[0]
        file.seek(status.st_size // 2)
        file.write(bytes([byte ^ 0x10]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
END
}

# cut_short FILE…: the second half is missing.
cut_short() {
    local file
    for file in "$@"; do
        touch -r "$file" time
        truncate -s $(($(stat -c %s "$file") / 2)) "$file"
        touch -r time "$file"
    done
}

# flip_and_cut FILE…: one so, the next one so.
flip_and_cut() {
    while [ $# -gt 0 ]; do
        flip "$1"
        [ $# -eq 1 ] || cut_short "$2"
        shift $(($# > 1 ? 2 : 1))
    done
}

digests() {
    field "$1/imgbuild.result.json" \
        '"\n".join(a["path"] + " " + a["sha256"] for a in it["artifacts"] if a["kind"] != "log")'
}

# build_again: gives what the first build gave.
build_again() {
    build description --target-dir out
    expect_status 0
    digests out | diff wanted - >&2 || fail "another result"
    rm -r out
}

# made_anew ENTRY…: each was set aside and stands there again; the store is as it should be.
made_anew() {
    local entry
    for entry in "$@"; do
        compgen -G "$store/damaged/${entry##*/}.*" >/dev/null || fail "$entry was not set aside"
        [ -e "$entry" ] || fail "$entry was not made anew"
    done
    rm -rf "${store:?}/damaged/"*
    run --store "$store" cache verify
    expect_status 0
}

# digest_of PACKAGE: of its .deb.
digest_of() {
    field first/resolution.json "next(p['sha256'] for p in it['packages'] if p['name'] == '$1')"
}

blob_of() {
    local digest
    digest=$(digest_of "$1")
    echo "$store/blobs/sha256/${digest:0:2}/$digest"
}

expanded_of() {
    echo "$store/expanded/$(digest_of "$1")"
}

# layer_of STAGE
layer_of() {
    local key
    key=$(field first/imgbuild.result.json "next(s['key'] for s in it['stages'] if s['name'] == '$1')")
    echo "$store"/layers/*/"$key"
}

# blobs_like MAGIC: those whose first bytes are these.
blobs_like() {
    local blob
    for blob in "$store"/blobs/sha256/*/*; do
        [ "$(head -c ${#1} "$blob" | tr -d '\0')" != "$1" ] || echo "$blob"
    done
}

# The next build installs the packages again.
forget_layers() {
    rm -rf "$store"/layers/*/*
}

# The machine was started again since these layers were written.
after_reboot() {
    local layer
    for layer in "$@"; do
        sed -i 's/^boot .*/boot 00000000-0000-0000-0000-000000000000/' "$layer/stamp"
    done
}

# A store of its own: others build in the shared one. The packages come from there.
node description
script description/config.sh <<'END'
#!/bin/bash
seq 100000 >/opt/flipped
seq 200000 >/opt/cut
END
build description --target-dir first
expect_status 0
digests first >wanted
store=$work/own
mkdir "$store"
cp "$shared/format" "$store/"
for digest in $(field first/resolution.json '" ".join(p["sha256"] for p in it["packages"])'); do
    mkdir -p "$store/blobs/sha256/${digest:0:2}"
    cp "$shared/blobs/sha256/${digest:0:2}/$digest" "$store/blobs/sha256/${digest:0:2}/"
done
build_again
mapfile -t plain_indexes < <(blobs_like "Package: ")
mapfile -t compressed_indexes < <(blobs_like $'\xfd7zXZ' && blobs_like $'\x1f\x8b')
[ ${#plain_indexes[@]} -gt 0 ] && [ ${#compressed_indexes[@]} -gt 0 ] || fail "there are no indexes"

case_is "packages, some of which are not decompressed yet"
packages=("$(blob_of udev)" "$(blob_of kmod)" "$(blob_of libkmod2)" "$(blob_of libudev1)")
flip_and_cut "${packages[@]}"
rm "$(expanded_of udev)" "$(expanded_of kmod)"
forget_layers
build_again
made_anew "${packages[@]}"

case_is "packages, decompressed"
flip "$(expanded_of udev)"
cut_short "$(expanded_of kmod)"
forget_layers
build_again
made_anew "$(expanded_of udev)" "$(expanded_of kmod)"

# Packing starts beside the configuration, so the store may have chunks of files that were changed afterwards: chunks
# that no build asks for again. What packing alone makes is what it needs.
case_is "chunks"
rm "$store"/chunks/*
build_again
chunks=("$store"/chunks/*)
flip_and_cut "${chunks[@]}"
build_again
made_anew "${chunks[@]}"

case_is "inventories of layers"
for harm in flip cut_short; do
    $harm "$(layer_of scrub)/inventory"
    build_again
    made_anew "$(layer_of scrub)"
    $harm "$(layer_of config)/inventory"
    build_again
    made_anew "$(layer_of config)"
done

case_is "contents of layers, after the machine was started again"
layer=$(layer_of config)
for harm in flip cut_short; do
    $harm "$layer/content/opt/flipped"
    after_reboot "$layer"
    build_again
    made_anew "$layer"
done

case_is "records"
for harm in flip cut_short; do
    records=("$store"/records/{apt-resolution,epoch,last-inputs}/*)
    $harm "${records[@]}"
    build_again
    made_anew "${records[@]}"
done

case_is "indexes of packages"
for harm in flip cut_short; do
    for damaged in "${plain_indexes[*]}" "${plain_indexes[*]} ${compressed_indexes[*]}"; do
        rm "$store"/records/apt-resolution/*
        # shellcheck disable=SC2086 # several names
        $harm $damaged
        build_again
        # shellcheck disable=SC2086
        made_anew $damaged
    done
done

case_is "a container's blobs"
need_registry
python3 "$IMGBUILD_SOURCES/tests/support/make_image.py" image
start_registry
push image:1 group/demo:1
store=$work/containers
unpack() {
    run --store "$store" oci unpack "docker://$registry/group/demo:1" "$1"
}
unpack tree
expect_status 0
documents=()
blobs=("$store"/blobs/sha256/*/*)
for blob in "${blobs[@]}"; do
    [ "$(head -c 1 "$blob" | tr -d '\0')" != "{" ] || documents+=("$blob")
done
[ ${#documents[@]} -gt 0 ] && [ ${#documents[@]} -lt ${#blobs[@]} ] || fail "another image was pulled"
flip "${documents[@]}"
unpack again
expect_status 0
made_anew "${documents[@]}"
cut_short "${blobs[@]}"
unpack once-more
expect_status 0
made_anew "${blobs[@]}"
for other in again once-more; do
    diff -r --no-dereference tree "$other" || fail "another tree"
done
