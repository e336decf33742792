# SPDX-License-Identifier: Apache-2.0
# What an image must not have of the machine and the moment that built it: identities, secrets, traces. And the
# repositories that it is to have.
. "$(dirname "$0")/common.sh"
need_installed_node

# image: the last result unpacked to $work/image.
image() {
    rm -rf image
    mkdir image
    (cd image && zcat ../out/*.img.gz | cpio --quiet -idm --no-absolute-filenames)
}

# absent PATTERN…: nothing in the image has such a path.
absent() {
    local pattern found
    for pattern in "$@"; do
        found=$(cd image && compgen -G "$pattern") || true
        [ -z "$found" ] || fail "the image has $found"
    done
}

# has PATH MODE OWNER
has() {
    [ "$(stat -c '%a %U:%G' "image/$1")" = "$2 $3" ] || fail "/$1 is $(stat -c '%a %U:%G' "image/$1")"
}

case_is "what packages made is removed, what the description brought stays"
node description
sed -i 's|<package name="kmod"/>|&<package name="openssh-server"/><package name="ssl-cert"/><package name="munge"/>|
    s|alias="debian"|& imageinclude="true" priority="600"|' description/config.xml
mkdir -p description/root/etc/ssl/private description/root/etc/iscsi
echo brought >description/root/etc/iscsi/initiatorname.iscsi
printf 'nameserver 192.0.2.1\n' >description/root/etc/resolv.conf
script description/config.sh <<'END'
#!/bin/bash
set -e
[ -f /etc/munge/munge.key ]
[ -f /etc/ssh/ssh_host_rsa_key ]
mkdir -p /var/cache/apt /var/log/apt
touch /tmp/left /var/tmp/left /run/left /var/cache/apt/left /var/log/apt/left
date >/var/lib/systemd/random-seed
END
build description --target-dir out
expect_status 0
expect_line stderr "warning: a script of the description made /var/lib/systemd/random-seed: it stays in the image, so that all nodes have the same"
[ "$(grep -c 'a script of the description made' stderr)" = 1 ] || fail "there is more than one warning"
image
absent 'etc/ssh/ssh_host_*' etc/munge/munge.key etc/ssl/private/ssl-cert-snakeoil.key \
    etc/ssl/certs/ssl-cert-snakeoil.pem 'tmp/*' 'var/tmp/*' 'run/*' 'var/cache/apt/*' 'var/lib/apt/lists/*' \
    'var/log/apt/*' 'var/log/dpkg.log*' 'var/log/alternatives.log*' 'var/cache/debconf/*-old' 'etc/*-' \
    var/lib/dbus/machine-id etc/.pwd.lock usr/sbin/policy-rc.d .kconfig .profile image
[ ! -s image/etc/machine-id ] || fail "/etc/machine-id is not empty"
has etc/machine-id 444 root:root
has tmp 1777 root:root
[ "$(cat image/etc/iscsi/initiatorname.iscsi)" = brought ] || fail "/etc/iscsi/initiatorname.iscsi is another one"
[ "$(cat image/etc/resolv.conf)" = "nameserver 192.0.2.1" ] || fail "/etc/resolv.conf is another one"

case_is "host keys are made at boot, unless there are some"
unit=$(basename "$(cd image && compgen -G 'usr/lib/systemd/system/sysinit.target.wants/*ssh*')")
grep -q '^ConditionPathExistsGlob=!/etc/ssh/ssh_host_\*_key$\|^ConditionPathExists=!/etc/ssh/ssh_host_' \
    "image/usr/lib/systemd/system/$unit" || fail "$unit has no condition: $(cat "image/usr/lib/systemd/system/$unit")"
grep -q '^ExecStart=.*ssh-keygen -A' "image/usr/lib/systemd/system/$unit" || fail "$unit makes no keys"

case_is "the repositories of the image"
# The official host, whichever mirror the build used.
host=$(sed -n 's|^URIs: http://\(.*\)/debian$|\1|p' image/etc/apt/sources.list.d/debian.sources)
[[ $host == *.debian.org ]] || fail "the image is sent to $host"
diff -u image/etc/apt/sources.list.d/debian.sources - <<END
Types: deb
URIs: http://$host/debian
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/debian.asc
END
cmp image/usr/share/keyrings/debian.asc description/debian-archive-bookworm.asc
has usr/share/keyrings/debian.asc 644 root:root
diff -u image/etc/apt/preferences.d/debian.pref - <<END
Package: *
Pin: origin "$host"
Pin-Priority: 600
END

case_is "keys that a script of the description makes stay, with a warning"
script description/config.sh <<'END'
#!/bin/bash
set -e
rm /etc/ssh/ssh_host_*
ssh-keygen -q -N '' -t ed25519 -f /etc/ssh/ssh_host_ed25519_key
echo site >/etc/munge/munge.key
END
build description --target-dir out
expect_status 0
expect_line stderr "warning: a script of the description made /etc/ssh/ssh_host_ed25519_key, /etc/ssh/ssh_host_ed25519_key.pub: it stays in the image, so that all nodes have the same"
image
has etc/ssh/ssh_host_ed25519_key 600 root:root
[ "$(cat image/etc/munge/munge.key)" = site ] || fail "the site's munge.key is another one"
