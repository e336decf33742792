# SPDX-License-Identifier: Apache-2.0
# An image's life on a small root of our own whose files have several owners; as-user.sh runs this for an ordinary user,
# whose files these can only be by subordinate ids. What belongs to whom is asked inside the image.
. "$(dirname "$0")/image_common.sh"
need_roots
nobody_is_root=$([ "$(id -u)" = 0 ] || echo yes)

# archive FILE [UID]: a root as a tar, with files of root, of games (5:60) and of that user.
archive() {
    python3 - "$work/source" "$1" "${2-1000}" <<'END'
import io, os, sys, tarfile
source, target, number = sys.argv[1:]
def own(entry, uid, gid, mode=None):
    entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime = uid, gid, "", "", 1000000000
    entry.mode = mode or entry.mode
    return entry
with tarfile.open(target, "w") as tar:
    tar.add(source, ".", filter=lambda entry: own(entry, 0, 0))
    for name, uid, gid, mode in (("srv/game", 5, 60, 0o6755), ("srv/user", int(number), int(number), 0o600)):
        entry = own(tarfile.TarInfo(name), uid, gid, mode)
        entry.size = 4
        tar.addfile(entry, io.BytesIO(b"text"))
    link = own(tarfile.TarInfo("srv/link"), 5, 60)
    link.type, link.linkname = tarfile.SYMTYPE, "nowhere"
    tar.addfile(link)
    device = own(tarfile.TarInfo("srv/device"), 0, 0)
    device.type, device.devmajor, device.devminor = tarfile.CHRTYPE, 1, 3
    tar.addfile(device)
END
}

# owners IMAGE: who owns what in /srv.
owners() {
    image exec --ro "$1" sh -c 'cd /srv; for file in game user link; do stat -c "%n %u:%g %a" $file; done'
    expect_status 0
}

tiny_root source
mkdir source/srv
printf 'games:x:5:60::/:/bin/sh\n' >>source/etc/passwd
printf 'games:x:60:\n' >>source/etc/group
archive root.tar

case_is "import keeps owners and modes; devices are root's business"
image import root.tar node
expect_status 0
grep -q '^node: imported, ' stdout || fail "not imported"
if [ -n "$nobody_is_root" ]; then
    expect_line stderr 'warning: the device /srv/device is left out: only root may make devices'
fi
owners node
expect_stdout <<'END'
game 5:60 6755
user 1000:1000 600
link 5:60 777
END

case_is "exec with users, changes and undoing"
image exec --no-build node sh -c 'id -u; echo new >/srv/new; chown 7:8 /srv/new; chmod 4711 /srv/new'
expect_stdout <<'END'
0
END
image exec --ro node stat -c '%u:%g %a' /srv/new
expect_stdout <<'END'
7:8 4711
END
image exec --atomic --no-build node sh -c 'rm /srv/user; chown 9 /srv/new; exit 3'
expect_status 3
image exec --atomic --no-build node sh -c 'chown 9 /srv/new; mkdir /srv/made; chown 10 /srv/made'
expect_status 0
image exec --ro node stat -c '%n %u:%g' /srv/new /srv/user /srv/made
expect_stdout <<'END'
/srv/new 9:8
/srv/user 1000:1000
/srv/made 10:0
END

case_is "syncuser: files follow, setuid bits stay; killed, it is completed"
mkdir site
printf 'root:x:0:0:root:/root:/bin/sh\ngames:x:905:960::/:/bin/sh\n' >site/passwd
printf 'root:x:0:\ngames:x:960:\n' >site/group
image syncuser --from site/passwd node
expect_status 0
grep -qE '^user +games +905 +5 +2$' stdout || fail "another report"
image syncuser --write --from site/passwd node
expect_status 0
owners node
expect_stdout <<'END'
game 905:960 6755
user 1000:1000 600
link 905:960 777
END
printf 'root:x:0:0:root:/root:/bin/sh\ngames:x:700000:960::/:/bin/sh\n' >site/passwd
if [ -n "$nobody_is_root" ]; then
    image syncuser --write --from site/passwd node
    expect_status 74
    grep -q '^error: changing the owner of ' stderr || fail "the file is not named"
    owners node
    grep -qx 'game 905:960 6755' stdout || fail "half of it was done"
    image exec --ro node cat /etc/passwd
    grep -q '^games:x:905:' stdout || fail "passwd was changed all the same"
fi

case_is "build: nodes get the image's numbers"
image build node
expect_status 0
zcat "$output" | cpio --quiet -tvn >listed
grep -qE '^-rwsr-sr-x +1 905 +960 .* srv/game$' listed || fail "another owner in the image: $(grep game listed)"
grep -qE '^-rw------- +1 1000 +1000 .* srv/user$' listed || fail "another owner in the image"
image build node
grep -q '^node: nothing changed' stdout || fail "it was built again"

case_is "copy, diff, size, export, update, rename, delete"
image copy node other
expect_status 0
image diff --times node other
expect_stdout <<'END'
nothing differs
END
image exec --no-build other chown 11 /srv/user
image diff node other
expect_stdout <<'END'
~ /srv/user  owner 11:1000 instead of 1000:1000
END
image export other other.tar
expect_status 0
# Not by grep -q, which leaves tar with a broken pipe.
tar --numeric-owner -tvf other.tar >listing
grep -q ' 11/1000 .* srv/user$' listing || fail "another owner in the archive"
image import --update other.tar node
grep -qF '(0 added, 1 changed, 0 removed)' stdout || fail "more was changed: $(cat stdout)"
image diff --times node other
expect_stdout <<'END'
nothing differs
END
image size node
expect_status 0
image import "$work/source" from-directory
expect_status 0
image list --chroot
[ "$(wc -l <stdout)" = 4 ] || fail "not all are listed"
image rename other third
expect_status 0
image delete third from-directory
expect_status 0
[ ! -e "$chroots/third" ] || fail "it is not gone"

case_is "an owner that this user can't give to files"
if [ -n "$nobody_is_root" ]; then
    archive far.tar 700000
    image import --force far.tar node
    expect_status 74
    expect_stderr <<'END'
error: far.tar: srv/user: setting the owner: Invalid argument
  hint: a file may belong to a number for which this user has no subordinate id: /etc/subuid and /etc/subgid say which there are
END
    owners node
    grep -qx 'user 11:1000 600' stdout || fail "the image changed"
fi
nothing_left
