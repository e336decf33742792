# SPDX-License-Identifier: Apache-2.0
# What is done with the layers of images: unpacked, saved, and put into the storage that podman reads.
. "$(dirname "$0")/common.sh"
: "${IMGBUILD_STORAGE_WRITER:?}"
need_roots

python3 "$IMGBUILD_SOURCES/tests/support/make_image.py" image
digest=$(field image/index.json 'it["manifests"][0]["digest"]')

# Everything that two trees can differ in.
tree() {
    (cd "$1" && find . -printf '%p %y %m %U:%G %s %T@ %l\n' | sed 's/^\(\S* d \S* \S*\) [0-9]* /\1 - /' | sort &&
        find . -type f -exec sha256sum {} + | sort)
}

case_is "an image is unpacked, and its digest said"
run --store "$store" oci unpack oci:image:1 tree
expect_status 0
expect_stdout <<END
$digest
END
(cd tree && find . | LC_ALL=C sort) >found
diff -u - found <<END
.
./bin
./bin/program
./bin/sh
./caf$(printf 'écaf%.0s' $(seq 39))é
./etc
./etc/both
./etc/new
./hard
./opt
./opt/new
./opt/sub
./opt/sub/new
END
[ tree/hard -ef tree/etc/both ] || fail "the hard link is lost"
[ "$(stat -c %Y tree/opt/sub)" = 1600000000 ] || fail "the time of a directory is lost"

case_is "umoci unpacks the same image to the same tree"
if [ "$(id -u)" = 0 ] && command -v umoci >/dev/null; then
    umoci raw unpack --image image:1 other >/dev/null 2>&1
    diff -u <(tree other) <(tree tree)
fi

case_is "layers that were decompressed before are taken from the store, damaged ones made anew"
for place in first again; do
    run --store "$work/kept" oci unpack oci:image:1 "$place"
    expect_status 0
    diff -u <(tree tree) <(tree "$place")
    [ "$(find kept/expanded -type f | wc -l)" = 2 ] || fail "the layers are not kept"
done
for layer in kept/expanded/*; do
    printf 'xxxx' | dd of="$layer" bs=1 seek=600 conv=notrunc status=none
done
run --store "$work/kept" oci unpack oci:image:1 anew
expect_status 0
diff -u <(tree tree) <(tree anew)
run --store "$work/kept" cache verify
expect_status 0

case_is "archives that are not compressed are read where they are, all others by way of the store"
layer=$(field "image/blobs/${digest/://}" 'it["layers"][0]["digest"]')
layer=${layer#sha256:}
tar -C image -cf plain.oci.tar .
gzip -k plain.oci.tar
for archive in plain.oci.tar plain.oci.tar.gz; do
    rm -rf again
    run --store "$work/$archive.store" oci unpack "oci-archive:$archive:1" again
    expect_status 0
    diff -u <(tree tree) <(tree again)
done
[ ! -e "plain.oci.tar.store/blobs/sha256/${layer:0:2}/$layer" ] || fail "the store has a copy of the layer"
[ -e "plain.oci.tar.gz.store/blobs/sha256/${layer:0:2}/$layer" ] || fail "the layer is not where it was looked for"

case_is "a layer in the store that is damaged is set aside, and had anew"
blob=plain.oci.tar.gz.store/blobs/sha256/${layer:0:2}/$layer
rm -rf again plain.oci.tar.gz.store/expanded/*
chmod u+w "$blob"
printf 'xxxx' | dd of="$blob" bs=1 seek=60 conv=notrunc status=none
run --store "$work/plain.oci.tar.gz.store" oci unpack oci-archive:plain.oci.tar.gz:1 again
expect_status 3
grep -q 'run the command again' stderr || fail "the damage is not told from one of the archive"
[ ! -e "$blob" ] || fail "the damaged layer is still there"
run --store "$work/plain.oci.tar.gz.store" oci unpack oci-archive:plain.oci.tar.gz:1 again
expect_status 0
diff -u <(tree tree) <(tree again)

case_is "a damaged archive is named, and leaves nothing"
LC_ALL=C sed 's/\x1f\x8b/\x1f\x8c/' plain.oci.tar >bad.oci.tar
rm -rf again
run --store "$work/fresh" oci unpack oci-archive:bad.oci.tar:1 again
expect_status 3
grep -q 'bad.oci.tar' stderr || fail "the archive is not named"
[ ! -e again ] || fail "something is left"

case_is "a directory that is not empty is left alone"
run --store "$store" oci unpack oci:image:1 tree
expect_status 2
expect_stderr <<'END'
error: tree is not empty
  hint: name a directory that is empty or does not exist yet
END

case_is "an image whose layer is damaged leaves nothing"
cp -r image bad
layer=$(ls -S bad/blobs/sha256/* | head -n 1)
printf 'xxxx' | dd of="$layer" bs=1 seek=60 conv=notrunc status=none
run --store "$work/fresh" oci unpack oci:bad:1 nothing
expect_status 3
[ ! -e nothing ] || fail "something is left"
mkdir nothing
run --store "$work/fresh" oci unpack oci:bad:1 nothing
[ -z "$(ls -A nothing)" ] || fail "something is left in the directory"

case_is "the limit for entries is said"
run --store "$store" oci unpack --max-entries 5 oci:image:1 nothing
expect_status 3
expect_stderr <<'END'
error: oci:image:1: layer 1 of 2: etc/hidden: the image has more than 5 entries
  hint: this is the limit for one image; a hostile one could fill the file system's tables
END

case_is "podman finds, saves and copies what is written into its storage"
[ "$(id -u)" = 0 ] || exit 0 # podman's own way of mapping users is not what is tested
command -v podman >/dev/null || skip "podman is missing"
mkdir root
"$IMGBUILD_STORAGE_WRITER" "$work/store" root /storage oci:image:1 localhost/demo:1 >written
diff -u - written <<'END'
2 new, 0 shared, 3 devices
END
"$IMGBUILD_STORAGE_WRITER" "$work/store" root /storage oci:image:1 localhost/other:2 >written
diff -u - written <<'END'
0 new, 2 shared, 0 devices
END
podman=(podman --root "$work/root/storage" --runroot "$work/run" --storage-driver overlay)
"${podman[@]}" images --noheading --digests --format '{{.Repository}}:{{.Tag}} {{.Digest}}' 2>podman.log | sort >found
diff -u - found <<END
localhost/demo:1 $digest
localhost/other:2 $digest
END
"${podman[@]}" push --quiet localhost/demo:1 "dir:$work/copy" 2>>podman.log || { cat podman.log >&2; fail "push"; }
config=$(field "image/blobs/sha256/${digest#sha256:}" 'it["config"]["digest"]')
[ "$(field copy/manifest.json 'it["config"]["digest"]')" = "$config" ] || fail "another image came out"
for diff_id in $(field "image/blobs/sha256/${config#sha256:}" '" ".join(it["rootfs"]["diff_ids"])'); do
    "${podman[@]}" save --quiet --output saved.tar localhost/demo:1 2>>podman.log
    [ "$(tar -xOf saved.tar "${diff_id#sha256:}.tar" | sha256sum)" = "${diff_id#sha256:}  -" ] ||
        fail "the layer $diff_id came out as another one"
    rm -f saved.tar
done
mounted=$("${podman[@]}" image mount localhost/demo:1 2>>podman.log) || { cat podman.log >&2; fail "mount"; }
diff -u <(cd tree && find . | LC_ALL=C sort) <(cd "$mounted" && find . | LC_ALL=C sort)
"${podman[@]}" image umount --all >/dev/null
