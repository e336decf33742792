#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The node of descriptions/ that runs containers: built with images from a registry on loopback, booted with its
# root on a tmpfs, and there podman runs what was preloaded, without network, as root and as an ordinary user.
. "$(dirname "$0")/../cli/common.sh"
. "$IMGBUILD_SOURCES/tests/cli/registry.sh"
need_root
need_registry
command -v buildah >/dev/null || skip "buildah is missing"

# hello TEXT FILE: a layer with a shell and what the container prints.
hello() {
    rm -rf layer
    mkdir -p layer/bin layer/etc layer/opt/hidden
    cp /bin/busybox layer/bin/busybox
    ln -s busybox layer/bin/sh
    echo "$1" >layer/etc/hello
    echo hidden >layer/opt/hidden/file
    tar -C layer --owner=0 --group=0 --mtime=@1700000000 -cf "$2" .
}

# What the second layer hides must not be seen, whatever the node's root can express.
mkdir -p hiding/opt/hidden
: >hiding/opt/hidden/.wh..wh..opq
echo shown >hiding/opt/hidden/shown
tar -C hiding --owner=0 --group=0 --mtime=@1700000000 -cf hiding.tar .
hello "hello from debian" debian.tar
make_image images:debian debian.tar hiding.tar
umoci config --image images:debian --config.cmd /bin/sh --config.cmd -c --config.cmd 'cat /etc/hello; ls /opt/hidden' \
    >/dev/null 2>&1
hello "hello from alpine" alpine.tar
make_image images:alpine alpine.tar
umoci config --image images:alpine --config.cmd /bin/sh --config.cmd -c --config.cmd 'cat /etc/hello' >/dev/null 2>&1
hello "hello from busybox" busybox.tar
buildah=(buildah --root "$work/buildah" --runroot "$work/buildah-run" --storage-driver vfs)
container=$("${buildah[@]}" from scratch)
"${buildah[@]}" add --quiet "$container" busybox.tar / >/dev/null
"${buildah[@]}" config --cmd 'cat /etc/hello' "$container"
"${buildah[@]}" commit --quiet "$container" "oci:$work/images:busybox" >/dev/null
start_registry
push images:debian docker.io/library/debian:12-slim
push images:busybox docker.io/library/busybox:stable
push images:alpine docker.io/library/alpine:3
cat >"$CONTAINERS_REGISTRIES_CONF" <<END
[[registry]]
prefix = "docker.io"
location = "$registry/docker.io"
insecure = true
END

case_is "the node is built"
build "$IMGBUILD_SOURCES/descriptions/debian-container-host" --target-dir out
expect_status 0
field out/resolution.json '[it["reference"] for it in it["containers"]]' >containers
diff -u - containers <<'END'
['docker.io/library/debian:12-slim', 'docker.io/library/busybox:stable', 'docker.io/library/alpine:3']
END
stop_registry

case_is "it boots, and its containers run without network"
mkdir -p overlay/etc/systemd/system/multi-user.target.wants overlay/usr/local/sbin
cat >overlay/etc/systemd/system/check-containers.service <<'END'
[Unit]
After=dbus.service
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/check-containers
StandardOutput=journal+console
StandardError=journal+console
END
ln -s ../check-containers.service overlay/etc/systemd/system/multi-user.target.wants/
script overlay/usr/local/sbin/check-containers <<'END'
#!/bin/bash
# Each line begins with who it is about, so that the test finds it among those of others.
try() {
    local who=$1
    shift
    "$@" 2>&1 | while read -r line || [ -n "$line" ]; do echo "$who: $line"; done
    echo "$who: status ${PIPESTATUS[0]}"
}
run=(podman run --rm --network=none)
try root-images podman images --format '{{.Repository}}:{{.Tag}}'
try root-debian "${run[@]}" docker.io/library/debian:12-slim
try root-busybox "${run[@]}" docker.io/library/busybox:stable /bin/sh -c '/bin/busybox cat /etc/hello'
try root-load podman load --quiet -i /srv/containers/alpine_3.oci.tar
try root-alpine "${run[@]}" docker.io/library/alpine:3
install -d -m 700 -o runner /run/user/1000
user=(runuser -u runner -- env HOME=/home/runner XDG_RUNTIME_DIR=/run/user/1000 PATH=/usr/bin:/bin:/usr/sbin)
cd /
try user-info "${user[@]}" podman info --format '{{.Store.GraphDriverName}} {{.Store.GraphStatus}}'
try user-load "${user[@]}" podman load --quiet -i /srv/containers/alpine_3.oci.tar
try user-alpine "${user[@]}" "${run[@]}" --cgroups=disabled docker.io/library/alpine:3
echo "containers: checked"
END
(cd overlay && find . | cpio --quiet -o -H newc | gzip -1) >overlay.img.gz
run boot out --root tmpfs --overlay overlay.img.gz --wait-for "containers: checked" --timeout 1500
cp stdout console
expect_status 0

# said LINE: the node's console has it.
said() {
    tr -d '\r' <console | grep -F "$1" >/dev/null || {
        grep -a -E '(root|user)-[a-z]+: ' console >&2
        fail "the node did not say: $1"
    }
}
said "root-images: docker.io/library/debian:12-slim"
said "root-images: docker.io/library/busybox:stable"
said "root-debian: hello from debian"
said "root-debian: shown"
said "root-debian: status 0"
said "root-busybox: hello from busybox"
said "root-load: status 0"
said "root-alpine: hello from alpine"
said "user-load: status 0"
said "user-alpine: hello from alpine"
! grep -a -q "root-debian: .*hidden/file\|root-debian: file" console || fail "what a layer hides is seen"
