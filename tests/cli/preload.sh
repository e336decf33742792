#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Containers in an image: saved as files, preloaded into podman's storage, kept for the first boot. What they
# consist of is not made again when the packages below change.
. "$(dirname "$0")/common.sh"
. "$here/registry.sh"
need_root
need_registry
command -v podman >/dev/null || skip "podman is missing"
need_installed_node

# Two images on the same layer; the second layer of one hides things.
python3 "$IMGBUILD_SOURCES/tests/support/make_image.py" image /bin/busybox
mkdir -p other
echo other >other/other
tar -C other --owner=0 --group=0 --mtime=@1700000000 -cf other.tar .
umoci raw add-layer --image image:1 --tag other other.tar >/dev/null 2>&1
start_registry
push image:1 group/demo:1
push image:1 group/demo:latest
push image:1 other/demo:1
push image:other group/other:2
digest=$(skopeo inspect --tls-verify=false --raw "docker://$registry/group/demo:1" | sha256sum | cut -d' ' -f1)

# with_containers DIRECTORY: a node with the <container> elements of standard input.
with_containers() {
    node "$1"
    python3 - "$1/config.xml" "$(cat)" <<'END'
import sys
path, elements = sys.argv[1:]
text = open(path).read()
text = text.replace('<package name="kmod"/>', '<package name="kmod"/>' + elements)
open(path, "w").write(text)
END
}

# unpacked DIRECTORY: the image of out as the node has it.
unpacked() {
    rm -rf "$1"
    mkdir "$1"
    (cd "$1" && zcat ../out/*.img.gz | cpio --quiet -idm --no-absolute-filenames)
}

# sums DIRECTORY: what came of the containers.
sums() {
    (cd "$1" && find srv var/lib/containers -type f -exec sha256sum {} + | sort -k 2)
}

all() {
    cat <<END
<container name="docker://$registry/group/demo:1" preload="true"/>
<container name="docker://$registry/group/other:2" preload="true" save_as="/srv/"/>
<container name="docker://$registry/group/demo@sha256:$digest" save_as="/srv/demo.tar" save_format="docker-archive"/>
<container name="oci:../image:1" save_as="/srv/layout" save_format="oci-dir"/>
END
}

case_is "containers are saved and preloaded"
all | with_containers first
build first --target-dir out
expect_status 0
unpacked root
sums root >root.sums
(cd root/srv && find . -maxdepth 1 | LC_ALL=C sort) >found
diff -u - found <<'END'
.
./demo.tar
./layout
./other_2.oci.tar
END
[ "$(stat -c '%a %U:%G %Y' root/srv/demo.tar)" = "644 root:root 1577836800" ] || fail "$(stat root/srv/demo.tar)"
python3 - out/resolution.json "$registry" "$digest" <<'END'
import json, sys
containers = json.load(open(sys.argv[1]))["containers"]
name = sys.argv[2] + "/group/"
assert [it["reference"] for it in containers] == [
    name + "demo:1", name + "other:2", name + "demo@sha256:" + sys.argv[3], "oci:../image:1"], containers
assert [it.get("saved_as") for it in containers] == [
    None, "/srv/other_2.oci.tar", "/srv/demo.tar", "/srv/layout"], containers
assert [it["preloaded"] for it in containers] == [True, True, False, False], containers
assert all(it["trust"].startswith("not checked: ") for it in containers), containers
END

case_is "podman finds, saves and runs what is in the image as the node has it"
podman=(podman --root "$work/root/var/lib/containers/storage" --runroot "$work/run" --storage-driver overlay)
"${podman[@]}" images --noheading --format '{{.Repository}}:{{.Tag}}' 2>podman.log | sort >found
diff -u - found <<END
$registry/group/demo:1
$registry/group/other:2
END
"${podman[@]}" image exists "$registry/group/demo@sha256:$digest" || fail "the image is not found by its digest"
"${podman[@]}" push --quiet "$registry/group/other:2" "dir:$work/copy" 2>>podman.log || fail "$(cat podman.log)"
"$IMGBUILD" --store "$store" oci inspect "docker://$registry/group/other:2" --config >config
cmp config "copy/$(field copy/manifest.json 'it["config"]["digest"]' | sed 's/sha256://')"
"$IMGBUILD" --store "$store" oci unpack "docker://$registry/group/other:2" tree >/dev/null 2>&1
mounted=$("${podman[@]}" image mount "$registry/group/other:2" 2>>podman.log) || fail "$(cat podman.log)"
diff -u <(cd tree && find . | LC_ALL=C sort) <(cd "$mounted" && find . | LC_ALL=C sort)
"${podman[@]}" image umount --all >/dev/null
"${podman[@]}" load --quiet --input root/srv/demo.tar >/dev/null 2>>podman.log || fail "$(cat podman.log)"
"${podman[@]}" load --quiet --input root/srv/other_2.oci.tar >/dev/null 2>>podman.log || fail "$(cat podman.log)"
skopeo --insecure-policy copy --quiet "oci:root/srv/layout" dir:from-layout || fail "skopeo can't read the layout"

# What the containers became: what it is, and when it was made.
made() {
    "$IMGBUILD" --store "$store" cache list --json | python3 -c '
import json, os, sys
for entry in json.load(sys.stdin):
    if entry["kind"] == "layer" and (", unpacked" in entry["description"] or ", saved as" in entry["description"]):
        print(entry["key"], entry["description"])' | sort
}

case_is "other packages below: nothing is pulled, unpacked or saved again"
made >before
[ "$(wc -l <before)" -ge 6 ] || fail "the store has only $(cat before)"
requests >/dev/null
all | with_containers first
sed -i 's|<package name="kmod"/>|&<package name="less"/>|' first/config.xml
build first --target-dir out
expect_status 0
field out/imgbuild.result.json '[stage["name"] for stage in it["stages"] if not stage["cached"]]' >ran
grep -q "'containers'" ran || fail "the containers' stage did not run: $(cat ran)"
requests >asked
sort -u asked >asked.once
diff -u - asked.once <<'END'
HEAD /v2/group/demo/manifests/1
HEAD /v2/group/other/manifests/2
END
made >after
diff -u before after
while read -r key _; do
    layer=$(find "$store/layers" -maxdepth 2 -name "$key")
    [ "$layer/content" -ot before ] || fail "$key was made again"
done <before
unpacked root-again
sums root-again | diff -u root.sums -

case_is "what is saved below /tmp and /var/tmp is in the image, and nothing else of there"
with_containers kept <<END
<container name="oci:../image:1" save_as="/tmp/deep/one.tar"/>
<container name="oci:../image:other" save_as="/var/tmp/layout" save_format="oci-dir"/>
END
sed -i "s|</image>|<containers source=\"$registry\" backend=\"podman\"><container name=\"other\" path=\"group\" tag=\"2\" fetch_only=\"true\"/></containers>&|" \
    kept/config.xml
mkdir -p kept/root/var/tmp/kiwi_containers kept/root/tmp/deep
echo junk | tee kept/root/var/tmp/junk kept/root/var/tmp/kiwi_containers/junk kept/root/tmp/deep/.junk >kept/root/tmp/.junk
build kept --target-dir out
expect_status 0
unpacked root
(cd root && find tmp var/tmp -not -path '*/blobs*' | LC_ALL=C sort) >found
diff -u - found <<'END'
tmp
tmp/deep
tmp/deep/one.tar
var/tmp
var/tmp/kiwi_containers
var/tmp/kiwi_containers/other_2
var/tmp/layout
var/tmp/layout/index.json
var/tmp/layout/oci-layout
END
[ "$(find root/var/tmp/layout/blobs/sha256 -type f | wc -l)" -ge 4 ] || fail "the layout is not whole"
tar -tf root/var/tmp/kiwi_containers/other_2 >found || fail "what fetch_only saved is no archive"
grep -qx index.json found || fail "what fetch_only saved is no image: $(cat found)"

case_is "a store that all users read"
with_containers shared <<END
<container name="docker://$registry/group/demo:1" preload="true" preload_to="imagestore"/>
<container name="docker://$registry/other/demo@sha256:$digest" preload="true" preload_to="imagestore"/>
END
build shared --target-dir out
expect_status 0
unpacked root
grep -n additionalimagestores root/etc/containers/storage.conf >found
grep -q '"/usr/share/containers/storage"' found || fail "the store is not registered: $(cat found)"
[ "$(stat -c %a root/usr/share/containers/storage/overlay-images/images.json)" = 644 ] || fail "not everybody may read it"
# The file as it stands, moved into the test's directory: not every version of podman takes every file.
sed -e "s|/usr/share/containers|$work/root&|" -e "s|/var/lib/containers/storage|$work/none|" \
    -e "s|/run/containers/storage|$work/run-none|" root/etc/containers/storage.conf >moved.conf
CONTAINERS_STORAGE_CONF=$work/moved.conf podman images --noheading --format '{{.Repository}}:{{.Tag}}' \
    2>podman.log >found || fail "podman refuses storage.conf: $(cat podman.log)"
diff -u - found <<END
$registry/group/demo:1
END
CONTAINERS_STORAGE_CONF=$work/moved.conf podman image exists "$registry/other/demo@sha256:$digest" ||
    fail "podman does not find an image by its digest"
field root/usr/share/containers/storage/overlay-images/images.json '"\n".join(it[0]["names"])' >found
diff -u - found <<END
$registry/group/demo@sha256:$digest
$registry/group/demo:1
$registry/other/demo@sha256:$digest
END
mkdir empty
podman --root "$work/empty" --runroot "$work/run" --storage-driver overlay \
    --storage-opt "overlay.imagestore=$work/root/usr/share/containers/storage" images \
    --noheading --format '{{.Repository}}:{{.Tag}}' 2>podman.log >found
diff -u - found <<END
$registry/group/demo:1
END

case_is "images that the root's own storage has stay in it"
with_containers stocked <<END
<container name="docker://$registry/group/other:2" preload="true"/>
END
own=stocked/root/var/lib/containers/storage
mkdir -p "$own"
# Of one layer without whiteouts: devices are nothing that a directory root/ may bring.
skopeo inspect --raw oci:image:1 >manifest
lowest=$(field manifest 'it["layers"][0]["digest"].split(":")[1]')
gzip -dc "image/blobs/sha256/$lowest" >lowest.tar
podman --root "$work/$own" --runroot "$work/run-own" --storage-driver overlay import --quiet lowest.tar localhost/own:1 \
    >/dev/null 2>podman.log || fail "$(cat podman.log)"
# podman's own database is for the place where it was made.
umount "$own/overlay" 2>/dev/null || true
rm -rf "$own/libpod"
before=$(field "$own/overlay-layers/layers.json" 'len(it)')
build stocked --target-dir out
expect_status 0
unpacked root
podman=(podman --root "$work/root/var/lib/containers/storage" --runroot "$work/run-kept" --storage-driver overlay)
"${podman[@]}" images --noheading --format '{{.Repository}}:{{.Tag}}' 2>podman.log | sort >found
diff -u - found <<END
$registry/group/other:2
localhost/own:1
END
# Both stand on the same lowest layer.
[ "$(field root/var/lib/containers/storage/overlay-layers/layers.json 'len(it)')" = $((before + 2)) ] ||
    fail "a layer is there twice"
for image in localhost/own:1 "$registry/group/other:2"; do
    "${podman[@]}" push --quiet "$image" "dir:$work/kept-copy" 2>podman.log || fail "$(cat podman.log)"
done
umount "$work/root/var/lib/containers/storage/overlay" 2>/dev/null || true

case_is "where storage is not an overlay, podman loads at the first boot"
with_containers vfs <<END
<container name="docker://$registry/group/demo:1" preload="true"/>
<container name="docker://$registry/group/demo:latest" preload="true"/>
<container name="docker://$registry/other/demo:1" preload="true"/>
END
mkdir -p vfs/root/etc/containers vfs/root/usr/bin
printf '[storage]\ndriver = "vfs"\n' >vfs/root/etc/containers/storage.conf
script vfs/root/usr/bin/podman <<'END'
#!/bin/sh
END
build vfs --target-dir out
expect_status 0
grep -q "is loaded when the node boots first, by podman" stderr out/build.log || fail "it is not said"
unpacked root
[ ! -e root/var/lib/containers/storage/overlay-images ] || fail "the storage was written to"
script podman-vfs <<END
#!/bin/sh
exec podman --root "$work/vfs-storage" --runroot "$work/vfs-run" --storage-driver vfs "\$@"
END
# As the node does it, at the places that the test has.
sed -i -e "s|^podman |$work/podman-vfs |" -e "s| /usr/lib| $work/root/usr/lib|" root/usr/lib/imgbuild/containers/list
sed -i "s|/usr/lib|$work/root&|" root/usr/lib/imgbuild/containers/load
root/usr/lib/imgbuild/containers/load >/dev/null 2>podman.log || fail "podman can't load: $(cat podman.log)"
./podman-vfs images --noheading --format '{{.Repository}}:{{.Tag}}' 2>podman.log | sort >found
diff -u - found <<END
$registry/group/demo:1
$registry/group/demo:latest
$registry/other/demo:1
END
[ -z "$(find root/usr/lib/imgbuild/containers -name '*.tar')" ] || fail "what was loaded is still there"
[ -L root/etc/systemd/system/multi-user.target.wants/imgbuild-load-containers.service ] ||
    find root/etc/systemd root/usr/lib/systemd -name 'imgbuild-load-containers.service' | grep wants >/dev/null ||
    fail "nothing loads it"
printf '[storage]\ndriver = "vfs"\n' | cmp - root/etc/containers/storage.conf

case_is "docker and container-snap load an archive at the first boot, and keep it until that succeeds"
with_containers tools <<END
<container name="docker://$registry/group/demo:1" preload="true" backend="docker"/>
<container name="docker://$registry/group/other:2" preload="true" backend="container-snap"/>
END
mkdir -p tools/root/usr/bin
script tools/root/usr/bin/docker <<'END'
#!/bin/sh
END
cp tools/root/usr/bin/docker tools/root/usr/bin/container-snap
build tools --target-dir out
expect_status 0
unpacked root
[ ! -e root/var/lib/containers/storage ] || fail "podman's storage was written to"
cut -d' ' -f1-2 root/usr/lib/imgbuild/containers/list >found
diff -u - found <<END
docker $registry/group/demo:1
container-snap $registry/group/other:2
END
archive=root$(sed -n 's/^docker [^ ]* //p' root/usr/lib/imgbuild/containers/list)
skopeo --insecure-policy copy --quiet "docker-archive:$archive:$registry/group/demo:1" dir:from-archive ||
    fail "what docker is to load is no docker-archive"
sed -i "s|/usr/lib|$work/root&|" root/usr/lib/imgbuild/containers/{list,load}
mkdir tools/bin
script tools/bin/docker <<'END'
#!/bin/sh
echo "docker $*" | sed 's| /.*/| |' >>calls
[ "$1" = load ] && [ -e works ]
END
sed 's/docker/container-snap/' tools/bin/docker >tools/bin/container-snap
chmod 755 tools/bin/container-snap
# load STATUS ARCHIVES: what the unit runs ends so, and leaves so many.
load() {
    local code=0
    PATH=$work/tools/bin:$PATH root/usr/lib/imgbuild/containers/load >/dev/null 2>&1 || code=$?
    [ "$code" = "$1" ] || fail "loading ends with $code"
    [ "$(find root/usr/lib/imgbuild/containers -name '*.tar' | wc -l)" = "$2" ] || fail "not $2 archives are left"
}
load 1 2
touch works
load 0 0
sort calls | uniq -c | sed 's/^ *//; s/[0-9a-f]\{12\}-[0-9a-f]\{12\}/ARCHIVE/' >found
diff -u - found <<END
2 container-snap image inspect $registry/group/other:2
2 container-snap load -i ARCHIVE.tar
2 docker image inspect $registry/group/demo:1
2 docker load -i ARCHIVE.tar
END

case_is "the tool that loads must be in the image"
with_containers docker <<END
<container name="docker://$registry/group/demo:1" preload="true" backend="docker"/>
END
build docker --target-dir out-none
expect_status 2
expect_stderr <<END
docker/config.xml:31:48: error: stage containers: container docker://SERVER/group/demo:1: the image has no docker that could load it
  hint: add the package that brings docker
END

# refused ATTRIBUTES MESSAGE HINT…: saving a container so is an error at its line.
refused() {
    with_containers taken <<<"<container name=\"oci:../image:1\" $1/>"
    mkdir -p taken/root/srv/full taken/root/srv/empty
    echo content | tee taken/root/srv/full/file >taken/root/srv/plain
    ln -s nowhere taken/root/srv/dangling
    ln -s full taken/root/srv/link
    build taken --target-dir out-none
    expect_status 2
    {
        echo "taken/config.xml:31:48: error: stage containers: container oci:../image:1: $2"
        [ -z "${3-}" ] || echo "  hint: $3"
    } | expect_stderr
}

case_is "what the image has is not replaced by a container"
into="end save_as with / to put the file into it"
refused 'save_as="/usr"' "/usr is a directory of the image" "$into"
refused 'save_as="/srv/link"' "/srv/link is a directory of the image" "$into"
refused 'save_as="/srv/full" save_format="oci-dir"' "/srv/full is a directory of the image that is not empty" \
    "end save_as with / to put the layout into it"
refused 'save_as="/srv/dangling/x.tar"' \
    "it can't be saved as /srv/dangling/x.tar: /srv/dangling of the image is a link that leads nowhere"
refused 'save_as="/srv/plain/x/"' \
    "it can't be saved as /srv/plain/x/image_1.oci.tar: /srv/plain of the image is no directory"

case_is "without the registry all comes from the store"
stop_registry
build first --target-dir out --tries 1
expect_status 0

case_is "two containers with one target are said before anything is done"
with_containers twice <<END
<container name="docker://$registry/group/demo:1" save_as="/srv/x.tar"/>
<container name="docker://$registry/group/other:2" save_as="/srv/x.tar"/>
END
run validate twice
expect_status 2
grep -q "E261" stderr || fail "$(cat stderr)"
