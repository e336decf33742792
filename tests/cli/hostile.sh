#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A config.sh that attacks its host. It writes what worked into the image, and nothing may have.
. "$(dirname "$0")/common.sh"
. "$here/traces.sh"
need_installed_node

mkdir site
serve site
echo private >"$HOME/private"
sysctl_before=$(cat /proc/sys/kernel/core_pattern)
host_name=$(uname -n)
export IMGBUILD_HOSTILE_WORD=leaked

node description
script description/config.sh <<END
#!/bin/bash
# $RANDOM$RANDOM
worked() { echo "\$*" >>/etc/worked; }
: >/etc/worked
mkdir -p /mnt/x
mount -t tmpfs none /mnt/x && worked mount
mount --bind / /mnt/x && worked bind
mount -t proc proc /mnt/x && worked proc
unshare --mount true && worked unshare mount
unshare --user true && worked unshare user
echo c >/proc/sysrq-trigger && worked sysrq
echo '|/bin/false' >/proc/sys/kernel/core_pattern && worked core pattern
modprobe dummy && worked modprobe
head -c 1 /proc/kcore >/dev/null && worked kcore
hostname owned-by-config && [ -n "\$(cat /proc/1/environ | grep -a IMGBUILD)" ] && worked environment of init
[ -z "\${IMGBUILD_HOSTILE_WORD-}" ] || worked environment
cat "$HOME/private" && worked home
(exec 3<>/dev/tcp/127.0.0.1/$port) && worked network
mknod /dev/stolen b 254 0 && dd if=/dev/stolen of=/dev/null count=1 && worked device
for pid in /proc/[0-9]*; do
    tr '\0' ' ' <"\$pid/cmdline" | grep -q http-server && worked processes of the host
done
chroot /proc/1/root cat "$HOME/private" && worked root of init
kill -9 -1 2>/dev/null
setsid sleep 900 &
exit 0
END
build description --target-dir out
expect_status 0
zcat out/*.img.gz | cpio --quiet -i --to-stdout etc/worked >worked
[ ! -s worked ] || fail "these worked: $(cat worked)"
[ "$(cat /proc/sys/kernel/core_pattern)" = "$sysctl_before" ] || fail "the host's core pattern changed"
[ "$(uname -n)" = "$host_name" ] || fail "the host's name changed"
[ "$(cat "$HOME/private")" = private ] || fail "the user's file changed"
stop_server
[ ! -s requests ] || fail "the network was reached"
expect_no_traces
