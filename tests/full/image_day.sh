#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An administrator's whole day with `imgbuild image`, from a registry to nodes: import, check, an installation by the
# image's package manager, syncuser, excludes, build, boot, a canary, a change, diff, back again, delete. Environment as for
# tests/cli; packages come from the machine's own Debian mirror. Takes some minutes, most of it by QEMU.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../cli/image_common.sh"
. "$here/../cli/registry.sh"
need_root
own_mounts
for program in skopeo docker-registry umoci mmdebstrap; do
    command -v "$program" >/dev/null || skip "$program is missing"
done

# node_overlays WWROOT: system.img.gz and runtime.img.gz as a Warewulf server makes them for a node: the /init by
# which a single-stage boot begins, what it reads and calls below /warewulf, and the node's own files.
node_overlays() {
    rm -rf system runtime
    mkdir -p system/warewulf/init.d system/etc/systemd/system/multi-user.target.wants runtime/etc
    printf 'WWROOT=%s\n' "$1" >system/warewulf/config
    script system/init <<'END'
#!/bin/sh
. /warewulf/config
mountpoint -q /proc || mount -t proc proc /proc
mountpoint -q /sys || mount -t sysfs sysfs /sys
mountpoint -q /dev || mount -t devtmpfs devtmpfs /dev
mountpoint -q /run || mount -t tmpfs -o mode=0755 run /run
case $WWROOT in
initramfs) exec /warewulf/begin ;;
tmpfs)
    mkdir /newroot
    mount -t tmpfs wwroot /newroot
    tar -C / -cf - --exclude ./proc --exclude ./sys --exclude ./dev --exclude ./run --exclude ./newroot . | tar -C /newroot -xf -
    mkdir /newroot/proc /newroot/sys /newroot/dev /newroot/run
    exec switch_root /newroot /warewulf/begin
    ;;
esac
END
    script system/warewulf/begin <<'END'
#!/bin/sh
for script in /warewulf/init.d/*; do
    sh "$script"
done
exec /sbin/init
END
    printf 'echo n1 >/etc/hostname\nsed -i "s/^root:[^:]*:/root::/" /etc/shadow\n' >system/warewulf/init.d/50-name
    echo of-the-system >system/etc/of-the-system
    echo of-the-runtime >runtime/etc/of-the-runtime
    cat >system/etc/systemd/system/tell.service <<'END'
[Service]
Type=idle
ExecStart=/bin/sh -c 'echo "node-says: $(hostname) on $(findmnt -n -o FSTYPE /), $(cat /etc/of-the-system), $(cat /etc/of-the-runtime), $(systemctl --failed --plain --no-legend | wc -l) failed, $(test -u /usr/bin/passwd && echo setuid kept)" >/dev/console'
END
    ln -s ../tell.service system/etc/systemd/system/multi-user.target.wants/
    local overlay
    for overlay in system runtime; do
        (cd "$overlay" && find . | cpio --quiet -o -H newc -R 0:0 | gzip) >"$overlay.img.gz"
    done
}

# boot_node WWROOT: what the node says of itself is in the file told.
boot_node() {
    node_overlays "$1"
    mkdir -p boot
    local console=$work/console-$1
    : >"$console"
    cp "$(find "$root/boot" -name 'vmlinuz-*' | sort -V | tail -n 1)" boot/vmlinuz
    cat "$output" system.img.gz runtime.img.gz >boot/initrd
    timeout 1200 qemu-system-x86_64 -machine q35 -accel tcg,thread=multi -cpu max -m 4096 -smp 2 -nographic -no-reboot \
        -kernel boot/vmlinuz -initrd boot/initrd -append 'console=ttyS0 panic=5 net.ifnames=1 wwid=52:54:00:12:34:56' \
        -nic none </dev/null >>"$console" 2>&1 &
    local machine=$!
    servers+=("$machine")
    until grep -aq 'node-says: .*kept' "$console"; do
        kill -0 "$machine" 2>/dev/null || { tail -n 30 "$console" >&2; fail "the node does not boot on $1"; }
        sleep 1
    done
    kill "$machine"
    wait "$machine" || true
    unset 'servers[-1]'
    grep -ao 'node-says: .*kept' "$console" >told
    ! grep -aE 'No space left|Kernel panic' "$console" || fail "not all of it came up on $1"
}

case_is "an image without a kernel in a registry"
mmdebstrap --quiet --variant=apt --include=systemd-sysv,udev,kmod,iproute2,openssh-server,dbus bookworm base 2>mmdebstrap.log ||
    { tail mmdebstrap.log >&2; fail "mmdebstrap"; }
umoci init --layout oci >/dev/null 2>&1
umoci new --image oci:12 >/dev/null 2>&1
umoci insert --image oci:12 base / >umoci.log 2>&1 || { cat umoci.log >&2; fail "umoci"; }
launch_registry
skopeo --insecure-policy copy -q --dest-tls-verify=false oci:oci:12 "docker://$registry/site/debian:12" >/dev/null

case_is "import, and what is missing to boot"
image import --nohttps "docker://$registry/site/debian:12" node
expect_status 0
grep -q '\[no-kernel\]' stderr || fail "the missing kernel is not said"
grep -q "; nodes can't boot it as it is$" stdout || fail "not said"

case_is "an installation by the image's own package manager"
image exec --no-build node -- sh -c 'apt-get update && apt-get install -y --no-install-recommends linux-image-cloud-amd64'
expect_status 0
image exec --no-build --atomic node apt-get install -y no-such-package
expect_status 100
image kernels node
grep -q '6\.1\.0' stdout || fail "the kernel is not found"
printf '#!/bin/sh\napt-get clean\n' >"$work/exit.sh"
mkdir -p "$root/etc/warewulf"
cp "$work/exit.sh" "$root/etc/warewulf/image_exit.sh"

case_is "syncuser, excludes, build"
play_machine
sed -i 's/^games:x:5:/games:x:905:/' this-machine/passwd
mkdir -p "$root/var/games"
chown 5 "$root/var/games"
image syncuser node
expect_status 0
grep -qE '^user +games +905 +5 +[0-9]+$' stdout || fail "games is not in the report"
image syncuser --write node
expect_status 0
[ "$(stat -c %u "$root/var/games")" = 905 ] || fail "files did not follow"
printf '/boot/\nusr/share/doc/*\n' >"$root/etc/warewulf/excludes"
image build --top node
expect_status 0
grep -q '^node: built (' stdout || fail "it was not built"
! grep -qE '\[no-|\[missing' stderr || fail "nodes can't boot it"
packed "$output" >names
! grep -q '^boot' names || fail "an excluded directory is in the image"
[ -z "$(find "$root/var/cache/apt/archives" -name '*.deb')" ] || fail "the exit script did not run"

case_is "a node boots it with its overlays, on the initramfs and on a tmpfs"
boot_node initramfs
expect_line told "node-says: n1 on rootfs, of-the-system, of-the-runtime, 0 failed, setuid kept"
boot_node tmpfs
expect_line told "node-says: n1 on tmpfs, of-the-system, of-the-runtime, 0 failed, setuid kept"

case_is "a canary, a change, the difference"
image copy --build node canary
expect_status 0
image exec canary -- sh -c 'echo new >/etc/canary; rm /etc/motd'
expect_status 0
image diff node canary
grep -qx '+ /etc/canary' stdout && grep -qx -- '- /etc/motd' stdout || fail "the difference is another one"
image diff --json node canary
[ "$(field stdout 'sorted(f["path"] for f in it["files"] if f["kind"] != "changed")')" = "['etc/canary', 'etc/motd']" ] ||
    fail "the difference is another one in JSON"

case_is "back again, and away with it"
image rename node node-old
image rename canary node
image diff node-old node
grep -qx '+ /etc/canary' stdout || fail "the canary is not the image now"
image delete --force node
image rename node-old node
expect_status 0
[ ! -e "$root/etc/canary" ] && [ -e "$root/etc/motd" ] && [ -s "$output" ] || fail "the image is not what it was"
image delete node
expect_status 2
grep -q 'the image node is used by the node n1 and the profile default' stderr || fail "its nodes are not named"
image history node
grep -q "import  .*docker://$registry/site/debian:12" stdout || fail "it is not said where it came from"

case_is "initrds for two-stage boot"
image build --initrd dracut node
expect_status 2
expect_stderr <<'END'
error: the image node has no dracut to make an initrd with
  hint: add the package dracut
END
# The kernel's package came with initramfs-tools.
image build --initrd initramfs-tools node
expect_status 2
expect_stderr <<'END'
error: the image node lacks curl, dmidecode, which an initrd for Warewulf's two-stage boot has to contain
  hint: add the packages of these names
END
image copy node with-dracut
image exec --no-build node apt-get install -y --no-install-recommends cpio curl dmidecode zstd
expect_status 0
image build --initrd initramfs-tools node
expect_status 0
grep -qE '^node: made /boot/initrd.img-6\.1\.0-' stdout || fail "the initrd is not said"
[ -s "$(find "$root/boot" -name 'initrd.img-*')" ] || fail "there is no initrd"
image exec --no-build with-dracut apt-get install -y --no-install-recommends dracut-core cpio curl gzip dmidecode
image build --initrd dracut with-dracut
expect_status 0
grep -qE '^with-dracut: made /boot/initramfs-6\.1\.0-.*\.img' stdout || fail "the initrd is not said"
image exec --ro with-dracut -- sh -c 'lsinitrd /boot/initramfs-*.img'
for tool in cpio curl dmidecode gzip sort; do
    grep -qE "bin/$tool( |$)" stdout || fail "$tool is not in the initrd"
done
image delete --force with-dracut node
nothing_left
