# SPDX-License-Identifier: Apache-2.0
# Each command line of docs/from-wwctl.md, run on a Debian root; a line that nobody runs fails the test.
. "$(dirname "$0")/image_common.sh"
. "$here/registry.sh"
need_root
own_mounts
for program in skopeo docker-registry umoci dpkg-deb; do
    command -v "$program" >/dev/null || skip "$program is missing"
done
page=$IMGBUILD_SOURCES/docs/from-wwctl.md
python3 "$IMGBUILD_SOURCES/tests/support/documented_lines.py" "$page" >documented
: >tried

# known LINE: the page has this line, and it counts as tried.
known() {
    grep -qxF -- "$1" documented || fail "docs/from-wwctl.md has no line: $1"
    printf '%s\n' "$1" >>tried
}

# documented LINE [WORD=VALUE…]: runs a line of the page in the test's own place, with its words replaced.
documented() {
    local line=$1 replacement
    known "$line"
    shift
    for replacement in "$@"; do
        line=${line//"${replacement%%=*}"/"${replacement#*=}"}
    done
    status=0
    eval "$line" >stdout 2>stderr <"${input:-/dev/null}" || status=$?
}

# What the page's lines call.
imgbuild() {
    local verb=$1
    shift
    "$IMGBUILD" --progress none --color never --store "$store" "$verb" --warewulfconf "$conf" "$@"
}

# documented_elsewhere LINE FILE: another test runs it.
documented_elsewhere() {
    known "$1"
    grep -qF -- "$2" "$IMGBUILD_SOURCES/$3" || fail "$3 does not run: $1"
}

# at_terminal LINE INPUT [WORD=VALUE…]: as documented, at a terminal at which INPUT is typed.
at_terminal() {
    local line=$1 typed=$2
    shift 2
    known "$line"
    local replacement
    for replacement in "$@"; do
        line=${line//"${replacement%%=*}"/"${replacement#*=}"}
    done
    declare -f imgbuild >line.sh
    declare -p IMGBUILD store conf | sed 's/^declare [^ ]* /export /' >>line.sh
    printf '%s\n' "$line" >>line.sh
    status=0
    python3 "$IMGBUILD_SOURCES/tests/support/at_terminal.py" "$typed" bash line.sh >stdout 2>stderr || status=$?
}

import_node
play_machine
other=("$work/source" NAME=fresh)
cp -a "$root" source

case_is "import"
umoci init --layout oci >umoci.log 2>&1
umoci new --image oci:1 >>umoci.log 2>&1
umoci insert --image oci:1 source / >>umoci.log 2>&1 || { cat umoci.log >&2; fail "umoci"; }
launch_registry
for name in warewulf/warewulf-debian:12.0 warewulf/warewulf-rockylinux:8 warewulf/rocky:latest privatereg/rocky:8 node:1; do
    skopeo --insecure-policy copy -q --dest-tls-verify=false oci:oci:1 "docker://$registry/$name" >/dev/null
done
export WAREWULF_OCI_NOHTTPS=1
# imported NAME: it is there, and the same as the source.
imported() {
    expect_status 0
    image diff "$work/source/" "$1"
    expect_stdout <<'END'
nothing differs
END
}
documented 'imgbuild image import docker://ghcr.io/warewulf/warewulf-debian:12.0 NAME' ghcr.io="$registry" NAME=fresh
imported fresh
documented 'imgbuild image import docker://ghcr.io/warewulf/warewulf-rockylinux:8' ghcr.io="$registry"
imported warewulf-rockylinux:8
documented 'imgbuild container import docker://warewulf/rocky NAME' //warewulf="//$registry/warewulf" NAME=third
imported third
documented 'imgbuild image pull docker://warewulf/rocky NAME' //warewulf="//$registry/warewulf" NAME=fourth
imported fourth
documented 'imgbuild image import --username tux --password supersecret docker://ghcr.io/privatereg/rocky:8' \
    ghcr.io="$registry"
imported rocky:8
! grep -rq supersecret "$chroots/rocky:8/imgbuild" || fail "the password is kept"
unset WAREWULF_OCI_NOHTTPS
documented 'imgbuild image import --nohttps docker://registry.local:5000/node:1 NAME' registry.local:5000="$registry" \
    NAME=fifth
imported fifth
WAREWULF_OCI_NOHTTPS=1 documented 'imgbuild image import --platform arm64 docker://warewulf/rocky NAME' \
    //warewulf="//$registry/warewulf" NAME=sixth
[ "$status" -ne 0 ] || fail "another platform's image is taken"
grep -q 'linux/arm64' stderr || fail "the platform is not said"
image delete third fourth fifth rocky:8 warewulf-rockylinux:8
documented_elsewhere 'imgbuild image import docker-daemon://localhost/custom-image:latest NAME' \
    'image import --force docker-daemon://demo/image:1' tests/cli/image-import.sh
skopeo --insecure-policy copy -q oci:oci:1 docker-archive:rockylinux-8.tar:demo:1 >/dev/null
documented 'imgbuild image import rockylinux-8.tar rockylinux-8'
imported rockylinux-8
documented 'imgbuild image import file://path/to/archive.tar NAME' path/to/archive.tar="$work/rockylinux-8.tar" \
    NAME=from-file
imported from-file
image delete rockylinux-8 from-file
rm -r rockylinux-8.tar oci registry
mkdir source/.singularity.d
mv source rockylinux-8
documented 'imgbuild image import ./rockylinux-8/ rockylinux-8'
mv rockylinux-8 source
rmdir source/.singularity.d
imported rockylinux-8
documented 'imgbuild container import /tmp/newroot containername' /tmp/newroot="$work/source"
imported containername
documented 'imgbuild image import $(podman image mount localhost/custom-image) custom-image' \
    '$(podman image mount localhost/custom-image)'="$work/source"
imported custom-image
image delete containername custom-image rockylinux-8
documented 'imgbuild image import --force SOURCE NAME' SOURCE="${other[0]}" "${other[1]}"
imported fresh
documented 'imgbuild image import --update SOURCE NAME' SOURCE="${other[0]}" "${other[1]}"
expect_stdout <<'END'
fresh: nothing changed
END
echo changed >>source/etc/motd
documented 'imgbuild image import --update SOURCE NAME' SOURCE="${other[0]}" "${other[1]}"
imported fresh
image delete fresh
documented 'imgbuild image import --build SOURCE NAME' SOURCE="${other[0]}" "${other[1]}"
imported fresh
[ -s "$outputs/fresh.img.gz" ] || fail "it was not built"
rm "$outputs/fresh.img.gz"
documented 'imgbuild image import --force --build=false SOURCE NAME' SOURCE="${other[0]}" "${other[1]}"
imported fresh
[ ! -e "$outputs/fresh.img.gz" ] || fail "it was built"
image delete fresh
documented 'imgbuild image import --syncuser SOURCE NAME' SOURCE="${other[0]}" "${other[1]}"
expect_status 0
image syncuser fresh
expect_stdout <<'END'
nothing differs
END
documented 'imgbuild container import SOURCE NAME' SOURCE="${other[0]}" NAME=again
imported again
image delete again
documented 'imgbuild image import DESCRIPTION NAME' DESCRIPTION="$work/desc" NAME=described
expect_status 0
[ -x "$chroots/described/rootfs/bin/sh" ] || fail "there is no root"
image delete described
documented 'imgbuild build DESCRIPTION --warewulf NAME' DESCRIPTION="$work/desc" NAME=built
expect_status 0
[ -x "$chroots/built/rootfs/bin/sh" ] && [ -s "$outputs/built.img.gz" ] || fail "root or image is missing"
expect_line stdout "to give it to nodes: wwctl profile set --image built default"
image delete built
documented_elsewhere 'imgbuild image import / NAME' 'import $2 / machine' tests/cli/image-import.sh

case_is "look"
image build node
documented 'imgbuild image list'
grep -qE '^node +1 +[0-9]' stdout || fail "the image, its node or its build is not there"
documented 'imgbuild container list'
grep -qE '^node +1 ' stdout || fail "the image is not there"
documented 'imgbuild image list --long'
grep -qE '^IMAGE NAME +NODES +KERNEL VERSION +CREATED +BUILT +SIZE +COMPRESSED$' stdout || fail "other columns"
documented 'imgbuild image list --kernel'
grep -qE '^IMAGE NAME +NODES +KERNEL VERSION$' stdout || fail "other columns"
for what in size chroot compressed; do
    documented "imgbuild image list --$what"
    grep -qE '^node +1 +[0-9.]+ [KMG]i?B$' stdout || fail "no size by --$what"
done
documented 'imgbuild image list --json'
[ "$(field stdout '[i["name"] for i in it if i["nodes"] == ["n1"]]')" = "['node']" ] || fail "JSON"
documented 'imgbuild image show NAME' NAME=node
expect_stdout <<'END'
WORK/chroots/node/rootfs
END
documented 'imgbuild image show --all NAME' NAME=node
grep -qE '^nodes +n1$' stdout || fail "the node is not there"
documented 'imgbuild image kernels'
expect_status 0
documented 'imgbuild image diff NAME OTHER' NAME=node OTHER=fresh
grep -qx '~ /etc/motd  content.*' stdout || fail "the changed file is not said"
documented 'imgbuild image size NAME' NAME=node
grep -q '^ *SIZE  DIRECTORY$' stdout || fail "no directories"
documented 'imgbuild image size NAME --html FILE' NAME=node FILE="$work/size.html"
[ -s size.html ] || fail "no page"
documented 'imgbuild image history NAME' NAME=node
grep -q ' import  ' stdout || fail "the import is not in the history"
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$root/root/socket"
documented 'find $(imgbuild image show NAME) -type s -delete' NAME=node
[ ! -e "$root/root/socket" ] || fail "the socket is there still"

case_is "change"
mkdir -p package/DEBIAN package/usr/bin
printf 'Package: apptainer\nVersion: 1\nArchitecture: all\nMaintainer: Nobody <n@example.org>\nDescription: a test\n' \
    >package/DEBIAN/control
printf '#!/bin/sh\necho hello\n' >package/usr/bin/apptainer
chmod 755 package/usr/bin/apptainer
dpkg-deb --root-owner-group --build package "$root/root/apptainer.deb" >/dev/null
documented 'imgbuild image exec NAME -- /usr/bin/apt-get -y install apptainer' NAME=node \
    'apt-get -y install apptainer'='dpkg -i /root/apptainer.deb'
expect_status 0
[ -x "$root/usr/bin/apptainer" ] || fail "the package is not installed"
packed "$output" >names
grep -qx usr/bin/apptainer names || fail "the image was not built"
echo 'echo from-$0; exit 7' >script
input=script documented 'imgbuild container exec NAME /bin/sh' NAME=node
expect_status 7
expect_stdout <<'END'
from-/bin/sh
END
mkdir -p bound
echo from-the-host >bound/file
echo 'cat /mnt/file; touch /mnt/written' >script
input=script documented 'imgbuild container exec --bind /tmp:/mnt NAME /bin/sh' /tmp="$work/bound" NAME=node
expect_stdout <<'END'
from-the-host
END
[ -e bound/written ] || fail "the bind is read-only"
documented 'imgbuild image exec --bind SOURCE:/mnt:ro NAME COMMAND' SOURCE="$work/bound" NAME=node \
    COMMAND='touch /mnt/other'
[ "$status" -ne 0 ] && [ ! -e bound/other ] || fail "the bind is not read-only"
inode=$(stat -c %i "$output")
documented 'imgbuild image exec --build=false NAME COMMAND' NAME=node COMMAND='touch /root/not-built'
[ "$(stat -c %i "$output")" = "$inode" ] || fail "it was built"
printf 'touch /root/by-script\nfalse\ntouch /root/too-far\n' >script
input=script documented 'imgbuild image exec NAME --build=false -- /bin/bash -xe' NAME=node
expect_status 1
[ -e "$root/root/by-script" ] && [ ! -e "$root/root/too-far" ] || fail "another script"
echo synced >"$root/root/of-games"
chown games "$root/root/of-games"
sed -i 's/^games:x:5:/games:x:4711:/' "$root/etc/passwd"
chown 4711 "$root/root/of-games"
documented 'imgbuild image exec --syncuser NAME -- /usr/bin/echo "Hello, world!"' NAME=node
expect_stdout <<'END'
Hello, world!
END
[ "$(stat -c %u "$root/root/of-games")" = "$(id -u games)" ] || fail "users are not in step"
mkdir -p overlay/etc "$work/provision/overlays/n1"
echo of-n1 >overlay/etc/of-the-node
(cd overlay && find . | cpio --quiet -o -H newc) | gzip >"$work/provision/overlays/n1/__SYSTEM__.img.gz"
documented 'imgbuild image exec --node n1 NAME COMMAND' NAME=node COMMAND='sh -c "cat /etc/of-the-node; touch /etc/x"'
expect_stdout <<'END'
of-n1
END
[ ! -e "$root/etc/of-the-node" ] && [ ! -e "$root/etc/x" ] || fail "the overlay is in the image"
documented 'imgbuild image exec --ro NAME COMMAND' NAME=node COMMAND='touch /root/thrown-away'
expect_status 0
[ ! -e "$root/root/thrown-away" ] || fail "the change is kept"
documented 'imgbuild image exec --atomic NAME COMMAND' NAME=node COMMAND='sh -c "rm /etc/motd; exit 3"'
expect_status 3
[ -e "$root/etc/motd" ] || fail "the image is not as it was"
documented 'imgbuild image exec --user nobody NAME COMMAND' ' NAME'=' node' COMMAND='id -un'
expect_stdout <<'END'
nobody
END
documented 'imgbuild image exec --env VARIABLE=VALUE NAME COMMAND' VARIABLE=GREETING VALUE=hello NAME=node \
    COMMAND="sh -c 'echo \$GREETING'"
expect_stdout <<'END'
hello
END
WW_PS1='prompt> ' at_terminal 'imgbuild image shell NAME' 'echo $((6 * 7)); touch /root/by-shell; exit' NAME=node
grep -q '^42' stdout || fail "the shell does not calculate"
grep -qF '[node] prompt>' stdout || fail "the prompt is another one"
[ -e "$root/root/by-shell" ] || fail "the change is lost"
at_terminal 'imgbuild container shell NAME' 'echo $((6 * 7)); exit' NAME=node
grep -q '^42' stdout || fail "the shell does not calculate"
at_terminal 'imgbuild image shell --bind SOURCE:/mnt NAME' 'cat /mnt/file; exit' SOURCE="$work/bound" NAME=node
grep -q '^from-the-host' stdout || fail "the bind is not there"
at_terminal 'imgbuild image shell --node n1 NAME' 'cat /etc/of-the-node; exit' NAME=node
grep -q '^of-n1' stdout || fail "the overlay is not there"
chown 4711 "$root/root/of-games"
sed -i "s/^games:x:$(id -u games):/games:x:4711:/" "$root/etc/passwd"
at_terminal 'imgbuild image shell --syncuser NAME' 'exit' NAME=node
[ "$(stat -c %u "$root/root/of-games")" = "$(id -u games)" ] || fail "users are not in step"

# out_of_step: games has another number again.
out_of_step() {
    chown 4711 "$root/root/of-games"
    sed -i "s/^games:x:$(id -u games):/games:x:4711:/" "$root/etc/passwd"
}
in_step() {
    expect_status 0
    [ "$(stat -c %u "$root/root/of-games")" = "$(id -u games)" ] || fail "users are not in step"
}
out_of_step
documented 'imgbuild image syncuser NAME' NAME=node
expect_status 0
grep -qE "^user +games +$(id -u games) +4711 +1$" stdout || fail "games is not in the report"
[ "$(stat -c %u "$root/root/of-games")" = 4711 ] || fail "the report changes something"
documented 'imgbuild image syncuser --write NAME' NAME=node
in_step
out_of_step
documented 'imgbuild container syncuser --write NAME' NAME=node
in_step
out_of_step
documented 'imgbuild image syncuser --write --build NAME' NAME=node
in_step
zcat "$output" | cpio --quiet -i --to-stdout etc/passwd 2>/dev/null >passwd
grep -q "^games:x:$(id -u games):" passwd || fail "not built"
touch "$root/root/for-the-build"
documented 'imgbuild image build NAME' NAME=node
packed "$output" >names
grep -qx root/for-the-build names || fail "the image was not built"
documented 'imgbuild container build NAME' NAME=node
grep -q '^node: nothing changed' stdout || fail "it is built without a change"
touch "$chroots/fresh/rootfs/root/fresh"
documented 'imgbuild image build --all'
expect_status 0
packed "$outputs/fresh.img.gz" >names
grep -qx root/fresh names || fail "not all are built"
inode=$(stat -c %i "$output")
documented 'imgbuild image build --force NAME' NAME=node
[ "$(stat -c %i "$output")" != "$inode" ] || fail "it was not built anew"
out_of_step
documented 'imgbuild image build --syncuser NAME' NAME=node
in_step
documented 'imgbuild image build --top NAME' NAME=node
grep -qE '^node: nothing changed \(.* packed, .* unpacked\)$' stdout || fail "the sizes are missing"
[ "$(grep -cE '^ *SIZE  (DIRECTORY|PACKAGE)$' stdout)" = 2 ] || fail "no tables"
documented_elsewhere 'imgbuild image build --initrd dracut NAME' '--initrd dracut' tests/full/image_day.sh
documented 'imgbuild image copy NAME NEW' NAME=node NEW=canary
expect_status 0
[ ! -e "$outputs/canary.img.gz" ] || fail "it was built"
documented 'imgbuild container copy NAME NEW' NAME=node NEW=canary5
image diff node canary5
expect_stdout <<'END'
nothing differs
END
image delete canary5
documented 'imgbuild image copy --build NAME NEW' NAME=node NEW=canary2
[ -s "$outputs/canary2.img.gz" ] || fail "it was not built"
documented 'imgbuild image rename NAME NEW' NAME=canary2 NEW=canary3
[ -s "$outputs/canary3.img.gz" ] && [ ! -e "$chroots/canary2" ] || fail "it was not renamed"
documented 'imgbuild image rename --build NAME NEW' NAME=canary NEW=canary4
[ -s "$outputs/canary4.img.gz" ] && [ ! -e "$chroots/canary" ] || fail "it was not renamed or built"
documented 'imgbuild image delete NAME' NAME=canary3
[ ! -e "$chroots/canary3" ] && [ ! -e "$outputs/canary3.img.gz" ] || fail "it is there still"
documented 'imgbuild container delete --yes NAME' NAME=canary4
[ ! -e "$chroots/canary4" ] || fail "it is there still"
documented 'imgbuild image export NAME FILE.oci.tar' NAME=node FILE=node
expect_status 0
skopeo inspect --config oci-archive:node.oci.tar | grep -q '"org.opencontainers.image.title": "node"' || fail "no label"

case_is "each line of the page was run"
diff -u <(sort -u tried) <(sort documented) || fail "a line of docs/from-wwctl.md has no test"
nothing_left
