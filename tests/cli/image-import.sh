# SPDX-License-Identifier: Apache-2.0
# `imgbuild image import` of everything that can become an image, and `export`.
. "$(dirname "$0")/image_common.sh"
. "$here/registry.sh"
need_root
for program in skopeo docker-registry python3; do
    command -v "$program" >/dev/null || skip "$program is missing"
done

# A root that can't boot but has a shell; every source below is made of it.
tiny_root source
mkdir -p source/etc/warewulf source/srv/data
printf 'secret\n' >source/etc/shadow
chmod 640 source/etc/shadow
chown 0:42 source/etc/shadow
cp source/bin/busybox source/bin/suid
chmod 4755 source/bin/suid
ln source/bin/suid source/srv/data/hard
ln -s /etc/passwd source/srv/data/absolute
printf 'x' >"source/srv/data/a name with blanks and ü, longer than any field of an old tar header could hold it $(printf '%060d' 1)"
setfattr -n user.note -v kept source/srv/data/hard
touch -d 2001-02-03T04:05:06 source/srv/data

# same IMAGE: what was imported is what the source is.
same() {
    image diff "$work/source/" "$1"
    expect_status 0
    expect_stdout <<'END'
nothing differs
END
}

# touched ROOT: what changes when somebody works on an entry, and its path.
touched() {
    find "$1" \( -type d -printf '%i %m %T@ - %P\n' \) -o -printf '%i %m %T@ %C@ %P\n' | sort -k 5
}

# An OCI layout with the root as its only layer, made by other tools than ours.
umoci init --layout oci >/dev/null 2>&1
umoci new --image oci:1 >/dev/null 2>&1
umoci insert --image oci:1 source / >/dev/null 2>&1
skopeo --insecure-policy copy -q oci:oci:1 docker-archive:docker.tar:demo/image:1 >/dev/null
skopeo --insecure-policy copy -q oci:oci:1 oci-archive:oci.tar:1 >/dev/null

case_is "a directory; what it lacks to boot is said at once"
image import "$work/source" from-directory
expect_status 0
for line in \
    'warning: the image has no kernel that Warewulf would find [no-kernel]; add <package name="linux-image-amd64"/> (or linux-image-cloud-amd64 for virtual machines)' \
    'warning: /sbin/init is missing or not executable: the kernel would panic [no-init]; add <package name="systemd-sysv"/>'; do
    expect_line stderr "$line"
done
grep -q "^from-directory: imported, .*; nodes can't boot it as it is$" "$work/stdout" || fail "not said"
same from-directory

case_is "an OCI layout, and archives of container tools, by URI or by what they are; compressed too"
gzip -k oci.tar
zstd -q docker.tar -o docker.tar.zst
number=0
for uri in oci:oci:1 oci oci-archive:oci.tar oci.tar oci.tar.gz docker-archive:docker.tar docker.tar docker.tar.zst \
    "file://$work/docker.tar"; do
    number=$((number + 1))
    image import "$uri" "container-$number"
    expect_status 0
    same "container-$number"
done
mkdir 'a:b'
cp docker.tar 'a:b/50%.tar'
image import 'a:b/50%.tar' colon
expect_status 0
same colon
image history container-1
grep -qE ' import  .*oci:oci:1 .*digest=sha256:[0-9a-f]{64}' "$work/stdout" || fail "the digest is not in the history"

case_is "a registry, with and without login"
mkdir registry
python3 -c '
import crypt, sys
print("user:" + crypt.crypt("secret", crypt.mksalt(crypt.METHOD_BLOWFISH)))' >registry/htpasswd 2>/dev/null
launch_registry
skopeo --insecure-policy copy -q --dest-tls-verify=false oci:oci:1 "docker://$registry/demo/image:1" >/dev/null
WAREWULF_OCI_NOHTTPS=1 image import "docker://$registry/demo/image:1" from-registry
expect_status 0
same from-registry
image import --nohttps "docker://$registry/demo/image:1"
expect_status 0
[ -d "$chroots/image:1/rootfs" ] || fail "without a name it is not called as its last part"
image import --nohttps --platform linux/s390x "docker://$registry/demo/image:1" other
expect_status 3
expect_stderr <<'END'
error: SERVER/demo/image:1 is an image for linux/amd64, not for linux/s390x
  hint: --platform linux/amd64 takes it
END
[ ! -e "$chroots/other" ] || fail "something is left of it"
stop_server
launch_registry REGISTRY_AUTH=htpasswd REGISTRY_AUTH_HTPASSWD_REALM=test \
    REGISTRY_AUTH_HTPASSWD_PATH="$work/registry/htpasswd"
image import --nohttps "docker://$registry/demo/image:1" private
expect_status 3
[ ! -e "$chroots/private" ] || fail "something is left of it"
WAREWULF_OCI_USERNAME=user WAREWULF_OCI_PASSWORD=secret image import --nohttps "docker://$registry/demo/image:1" private
expect_status 0
same private
printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$(printf user:secret | base64)" >auth.json
image import --force --nohttps --authfile auth.json "docker://$registry/demo/image:1" private
expect_status 0
! grep -rq secret "$chroots/private/imgbuild" || fail "the password is kept"

case_is "the Docker daemon's socket"
cat >daemon.py <<'END'
import http.server, os, socketserver, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.client_address = ("local", 0)
        known = self.path.split("?")[0].endswith("/images/demo/image:1/get")
        body = open("docker.tar", "rb").read() if known else b'{"message":"no such image"}'
        self.send_response(200 if known else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass
class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    pass
Server("docker.sock", Handler).serve_forever()
END
python3 daemon.py &
servers+=($!)
until [ -S docker.sock ]; do sleep 0.05; done
DOCKER_HOST=unix://$work/docker.sock image import docker-daemon:demo/image:1 from-daemon
expect_status 0
same from-daemon
DOCKER_HOST=unix://$work/docker.sock image import --force docker-daemon://demo/image:1 from-daemon
expect_status 0
DOCKER_HOST=unix://$work/docker.sock image import docker-daemon:demo/none:1 none
expect_status 3
expect_stderr <<END
error: the Docker daemon at WORK/docker.sock has no image demo/none:1
  hint: docker image ls lists what it has
END
DOCKER_HOST=unix:///no/such/socket image import docker-daemon:demo/image:1 none
expect_status 3
expect_stderr <<'END'
error: there is no Docker daemon at /no/such/socket
  hint: DOCKER_HOST=unix://PATH names another socket
END

case_is "tar and cpio archives, compressed"
tar -C source --xattrs --xattrs-include='*' -cf root.tar .
(cd source && find . | cpio --quiet -o -H newc) >root.cpio
gzip -k root.cpio
xz -k -0 root.tar
for archive in root.tar root.tar.xz; do
    image import "$archive" "from-$archive"
    expect_status 0
    same "from-$archive"
done
for archive in root.cpio root.cpio.gz; do
    image import "$archive" "from-$archive"
    expect_status 0
    # Such an archive has no extended attributes.
    image diff "$work/source/" "from-$archive"
    expect_stdout <<'END'
~ /bin/suid  extended attributes
~ /srv/data/hard  extended attributes
END
done

case_is "an Apptainer sandbox, with and without what Apptainer adds"
cp -a source sandbox
mkdir -p sandbox/.singularity.d/env
echo echo >sandbox/.singularity.d/runscript
ln -s .singularity.d/runscript sandbox/singularity
ln -s .singularity.d/actions/run sandbox/.run
image import ./sandbox/ sandbox
expect_status 0
same sandbox
image import --keep-singularity ./sandbox/ whole-sandbox
[ -e "$chroots/whole-sandbox/rootfs/.singularity.d/runscript" ] || fail "it is not kept"
[ -L "$chroots/whole-sandbox/rootfs/singularity" ] || fail "it is not kept"

case_is "the root of a running machine: one file system, without caches and identity"
cat >machine.sh <<'END'
set -eu
mount --bind "$1" "$1"
cd "$1"
mkdir -p proc dev mnt/other opt/program var/cache/apt/archives var/lib/imgbuild
echo here >etc/machine-id
echo UUID=1 / ext4 >etc/fstab
echo deb >var/cache/apt/archives/x.deb
echo stays >var/cache/apt/archives/lock
cp "$IMGBUILD" opt/program/imgbuild
ldd "$IMGBUILD" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | while read -r library; do cp "$library" opt/program/; done
cp "$(readelf -l "$IMGBUILD" | sed -n 's/.*interpreter: \(.*\)]/\1/p')" opt/program/loader
mount -t proc proc proc
mount -t tmpfs tmpfs mnt/other
echo elsewhere >mnt/other/file
: >dev/null || true
exec chroot . /opt/program/loader --library-path /opt/program /opt/program/imgbuild --progress none \
    --store /tmp/store image --images /var/lib/imgbuild import $2 / machine
END
cp -a source machine
import_machine() {
    status=0
    unshare --mount bash machine.sh "$work/machine" "$@" >stdout 2>stderr </dev/null || status=$?
    expect_status 0
}
import_machine ''
grep -q '^machine: imported, ' stdout || fail "nothing is said"
imported=machine/var/lib/imgbuild/chroots/machine/rootfs
[ -d "$imported" ] || imported=$(find machine/var/lib/imgbuild -name rootfs | head -n 1)
[ -x "$imported/bin/sh" ] || fail "there is no root"
[ -e "$imported/proc" ] && [ -z "$(ls -A "$imported/proc")" ] || fail "/proc was copied"
[ ! -e "$imported/mnt/other/file" ] || fail "another file system was copied"
[ -e "$imported/etc/machine-id" ] && [ ! -s "$imported/etc/machine-id" ] || fail "it has the machine's identity"
[ ! -e "$imported/etc/fstab" ] || fail "it has the machine's fstab"
[ ! -e "$imported/var/cache/apt/archives/x.deb" ] || fail "a cache was copied"
[ ! -e "$imported/var/lib/imgbuild" ] || fail "the image contains the images"
[ "$(stat -c %a "$imported/bin/suid")" = 4755 ] || fail "a setuid bit is lost"
touched "$imported" >before
echo new >machine/srv/new
import_machine --update
grep -q "^machine: imported, .* added, " stdout || fail "nothing is said"
[ -s "$imported/srv/new" ] || fail "what is new is missing"
touched "$imported" >after
for path in bin/busybox bin/suid etc/passwd etc/machine-id srv/data; do
    [ "$(grep " $path\$" before)" = "$(grep " $path\$" after)" ] || fail "$path was made anew"
done

case_is "--force replaces, --update leaves alone what is the same, --build packs"
image import source from-directory
expect_status 2
expect_stderr <<'END'
error: there is an image from-directory already
  hint: --update brings it up to date, --force makes it anew
END
inode=$(stat -c %i "$chroots/from-directory/rootfs")
image import --update source from-directory
expect_stdout <<'END'
from-directory: nothing changed
END
[ "$(stat -c %i "$chroots/from-directory/rootfs")" = "$inode" ] || fail "an unchanged image was replaced"
echo new >source/etc/new
rm source/srv/data/absolute
chmod 700 source/srv
image import --update --build source from-directory
expect_status 0
grep -qF '(1 added, 3 changed, 1 removed)' "$work/stdout" || fail "what changed is not said"
packed "$outputs/from-directory.img.gz" >names
grep -qx etc/new names || fail "the image was not built"
[ "$(stat -c %i "$chroots/from-directory/rootfs")" = "$inode" ] || fail "more was made anew than what changed"
same from-directory
image history from-directory
[ "$(grep -c ' import  ' stdout)" = 2 ] || fail "the history does not go on"
image import --force oci.tar from-directory
expect_status 0
[ ! -e "$chroots/from-directory/rootfs/etc/new" ] || fail "the former image shines through"

case_is "--update of archives and containers touches what changed, and nothing else"
mkdir next
tar -C next --xattrs --xattrs-include="*" -xpf root.tar
rm -r next/srv/data/absolute next/tmp
echo other >next/etc/passwd
echo new >next/etc/new-one
mkdir next/etc/new-directory
chmod 711 next/root
tar -C next --xattrs --xattrs-include='*' -cf next.tar .
umoci new --image oci:2 >/dev/null 2>&1
umoci insert --image oci:2 next / >/dev/null 2>&1
for sources in 'root.tar next.tar' 'oci:oci:1 oci:oci:2'; do
    image import --force "${sources% *}" updated
    # A file's time alone may be too coarse to tell.
    sleep 0.01
    touched "$chroots/updated/rootfs" >before
    image import --update "${sources% *}" updated
    expect_stdout <<'END'
updated: nothing changed
END
    touched "$chroots/updated/rootfs" | diff -u before - || fail "something was touched"
    image import --update "${sources#* }" updated
    expect_status 0
    image diff "$work/next/" updated
    expect_stdout <<'END'
nothing differs
END
    touched "$chroots/updated/rootfs" >after
    { diff before after || true; } | sed -n 's/^[<>] .* //p' | LC_ALL=C sort -u >changed
    diff -u - changed <<'END' || fail "other entries were touched"

etc
etc/new-directory
etc/new-one
etc/passwd
root
srv/data
srv/data/absolute
tmp
END
done

case_is "an update that is killed leaves the image as it was, or is completed by the next verb"
cp -a source many
mkdir many/opt
for i in $(seq 1500); do
    echo before >"many/opt/$i"
done
image import "$work/many" killed
expect_status 0
for delay in 0 0.02 0.05 0.1; do
    for i in $(seq 1500); do
        echo "after $delay" >"many/opt/$i"
    done
    "$IMGBUILD" --progress none --store "$store" image --warewulfconf "$conf" import --update "$work/many" killed \
        </dev/null >victim.out 2>victim.err &
    victim=$!
    until [ -e "$chroots/killed/imgbuild/merge" ] || ! kill -0 "$victim" 2>/dev/null; do sleep 0.005; done
    sleep "$delay"
    kill -KILL "$victim" 2>/dev/null || true
    wait "$victim" || true
    image exec --no-build killed true
    expect_status 0
    [ "$(cat "$chroots"/killed/rootfs/opt/* | sort -u | wc -l)" = 1 ] || fail "half an update"
    image import --update "$work/many" killed
    expect_status 0
    image diff "$work/many/" killed
    expect_stdout <<'END'
nothing differs
END
done
nothing_left

case_is "--syncuser"
cp -a source other
sed -i 's/^user:x:1000:1000:/games:x:4711:4712:/' other/etc/passwd
sed -i 's/^user:x:1000:/games:x:4712:/' other/etc/group
chown 4711:4712 other/srv/data
image import --syncuser "$work/other" synced
expect_status 0
[ "$(stat -c %u:%g "$chroots/synced/rootfs/srv/data")" = "$(id -u games):$(getent group games | cut -d: -f3)" ] ||
    fail "the files have the image's numbers still"

case_is "what is wrong with a source is said, and what was there stays"
before=$(find "$chroots/from-directory/rootfs" -printf '%p %i %T@\n' | sha256sum)
mkdir empty
head -c 100000 root.tar >cut.tar
head -c 100000 oci.tar.gz >cut.oci.gz
printf 'no archive' >text
fails() { # MESSAGE ARGUMENTS…
    local message=$1
    shift
    image import --force "$@" from-directory
    [ "$status" -ne 0 ] || fail "$* is imported"
    normalised <stderr | grep -qF -- "$message" || fail "$*: another message"
    [ "$(find "$chroots/from-directory/rootfs" -printf '%p %i %T@\n' | sha256sum)" = "$before" ] ||
        fail "$*: the former image changed"
    nothing_left
}
fails 'error: WORK/empty has no /bin/sh: it is no root of a system' empty
fails 'cut.tar' cut.tar
fails 'cut.oci.gz' cut.oci.gz
fails 'text' text
{ printf '%-32s' '#!/usr/bin/env run-singularity'; printf 'SIF_MAGIC\0'; head -c 4096 /dev/zero; } >node.sif
fails 'error: node.sif is a SIF file, which is not read' node.sif
fails 'error: there is no file or directory /no/such' /no/such
fails 'error: there is no file or directory nothing' nothing
mknod fifo p
fails 'error: fifo is neither a file nor a directory' fifo

case_is "export as an OCI archive: other tools read it, and it comes back as it was"
image export container-1 out.oci.tar
expect_status 0
grep -qE '^container-1: exported to out.oci.tar, [0-9]+ entries, .*, sha256:[0-9a-f]{64}$' "$work/stdout" || fail "not said"
skopeo inspect --config oci-archive:out.oci.tar >config.json
[ "$(field config.json 'it["config"]["Labels"]["org.opencontainers.image.title"]')" = container-1 ] || fail "no title"
[ "$(field config.json 'it["config"]["Labels"]["imgbuild.source"]')" = oci:oci:1 ] || fail "no source"
field config.json 'it["config"]["Labels"]["org.opencontainers.image.base.digest"]' | grep -q '^sha256:' || fail "no digest"
skopeo --insecure-policy copy -q oci-archive:out.oci.tar oci:unpacked:1 >/dev/null
umoci raw unpack --image unpacked:1 unpacked-root >/dev/null 2>&1
image diff "$work/unpacked-root/" container-1
expect_stdout <<'END'
nothing differs
END
image import out.oci.tar again
same_as_first() {
    image diff --times container-1 "$1"
    expect_stdout <<'END'
nothing differs
END
}
same_as_first again
image export container-1 again.oci.tar
cmp out.oci.tar again.oci.tar || fail "the same image gives other bytes"

case_is "export as tar and docker archive"
for target in out.tar out.tar.gz docker-archive:out.docker.tar; do
    image export container-1 "$target"
    expect_status 0
    image import --force "${target##*:}" again
    expect_status 0
    same_as_first again
done
mkdir extracted
tar -C extracted --xattrs --xattrs-include='*' -xpf out.tar
image diff "$work/extracted/" container-1
expect_stdout <<'END'
nothing differs
END
image export container-1 out.tar
expect_status 2
expect_stderr <<'END'
error: there is a file out.tar already
  hint: --force replaces it
END
image export container-1 out.zip
expect_status 2
expect_stderr <<'END'
error: out.zip: what it should become is not clear
  hint: oci-archive:FILE, docker-archive:FILE, tar:FILE, or a name that ends in .oci, .docker.tar, .tar or .tar.gz
END
image export --force container-1 /dev/full/x.tar
[ "$status" -ne 0 ] || fail "written into nothing"
[ -z "$(find . -maxdepth 1 -name '.*.tar*')" ] || fail "half a file is left"

case_is "an imgbuild result"
need_installed_node
node desc
build desc --target-dir result
expect_status 0
image import result from-result
expect_status 0
grep -q '; nodes can boot it$' "$work/stdout" || fail "not said"
nothing_left
