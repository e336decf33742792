# SPDX-License-Identifier: Apache-2.0
# Bad input and bad luck for `imgbuild image`: what is said, and what is left.
. "$(dirname "$0")/image_common.sh"
need_root

tiny_root source
mkdir -p source/etc/warewulf source/var/games source/srv
for i in $(seq 2000); do
    echo "$i" >"source/srv/$i"
done
chown -R 5:60 source/srv
printf 'games:x:5:60::/var/games:/bin/sh\n' >>source/etc/passwd
printf 'games:x:60:\n' >>source/etc/group
image import "$work/source" node
expect_status 0
mkdir site
printf 'root:x:0:0:root:/root:/bin/sh\ngames:x:905:960::/:/bin/sh\n' >site/passwd
printf 'root:x:0:\ngames:x:960:\n' >site/group

# untouched: what the image's files are.
state() {
    find "$root" -printf '%P %y %m %U:%G %s %T@ %l\n' | sort | sha256sum
}

case_is "names"
for name in ../x a/b 'a b' . .. ä 'x;y'; do
    image import "$work/source" "$name"
    expect_status 2
done
image list '../x'
expect_status 2
expect_stderr <<'END'
error: "../x" can't be the name of an image
  hint: names consist of letters, digits and the characters _ . : -
END
image show nodf
expect_stderr <<'END'
error: there is no image nodf
  hint: did you mean node?
END
ls "$chroots" | diff -u <(echo node) - || fail "a strange name left something"

case_is "an import that is interrupted or killed at any point"
before=$(state)
for signal in INT KILL; do
    for delay in 0.02 0.1 0.2 0.4; do
        "$IMGBUILD" --progress none --store "$store" image --warewulfconf "$conf" import --force "$work/source" node \
            >victim.out 2>victim.err </dev/null &
        victim=$!
        sleep "$delay"
        kill -"$signal" "$victim" 2>/dev/null || true
        wait "$victim" || true
        [ "$(state)" = "$before" ] || fail "half an image after SIG$signal"
    done
done
image list
expect_status 0
image import --force "$work/source" node
expect_status 0
nothing_left

case_is "a directory without /bin/sh"
mkdir empty
image import "$work/empty" other
expect_status 2
expect_stderr <<'END'
error: WORK/empty has no /bin/sh: it is no root of a system
  hint: images need a shell to boot and to run commands in them
END

case_is "a full disk"
mkdir small
mount -t tmpfs -o size=3m tmpfs small
full() {
    run --progress none --store "$store" image --images "$work/small" "$@"
}
full import "$work/source" node
expect_status 74
normalised <stderr | grep -q 'No space left on device' || fail "the full disk is not said"
[ -z "$(find small -mindepth 1 \( -name rootfs -o -type f -size +0 \) -not -path '*/.imgbuild/*')" ] || fail "something is left"
mount -o remount,size=12m small
full import "$work/source" node
expect_status 0
mount -o remount,size="$(($(df --output=used -k small | tail -n 1) + 64))k" small
full build node
expect_status 74
normalised <stderr | grep -q 'No space left on device' || fail "the full disk is not said"
[ -z "$(find small -name '*.img.gz*')" ] || fail "half an output is left"
mount -o remount,size="$(($(df --output=used -k small | tail -n 1) + 3000))k" small
small_root=$(find small -name rootfs)
before=$(find "$small_root" -printf '%P %i %m %s %C@\n' | sort | sha256sum)
full exec --atomic --no-build node sh -c 'cat /bin/busybox >/root/large'
expect_status 74
expect_stderr <<END
error: carrying changes over to WORK/$small_root: No space left on device
  hint: free some space there, or keep images in another place with --images, and what is packed with --store
END
[ "$(find "$small_root" -printf '%P %i %m %s %C@\n' | sort | sha256sum)" = "$before" ] || fail "the image changed"
echo more >source/root/more
full import --update "$work/source" node
expect_status 0
rm source/root/more
head -c 2000000 /dev/urandom >source/root/large
full import --update "$work/source" node
expect_status 74
rm source/root/large
full import --update "$work/source" node
expect_status 0
[ -z "$(find small -name 'large*')" ] && [ -z "$(find small -name merge)" ] || fail "something is left"
mount -o remount,size="$(($(df --output=used -k small | tail -n 1) + 64))k" small
full syncuser --write --from "$work/site/passwd" node
case $status in
0 | 74) ;;
*) fail "exit code $status" ;;
esac
games=$(stat -c %u "$(find small -name rootfs)/srv/1")
wanted=905
[ "$status" = 0 ] || wanted=5
[ "$games" = "$wanted" ] && [ "$(find small -path '*/srv/*' -not -uid "$wanted" | wc -l)" = 0 ] ||
    fail "only some files were changed"
umount small

case_is "a passwd with broken lines, duplicate names and numbers"
cp "$root/etc/passwd" passwd.good
printf 'twin:x:5:60::/:/bin/sh\n' >>"$root/etc/passwd"
image syncuser --from "$work/site/passwd" node
expect_status 2
expect_stderr <<'END'
error: users of the image node can't be brought in step
  | the user twin shares the number 5 with another user of the image, but should not: whose files are whose can't be told
END
cp passwd.good "$root/etc/passwd"
printf 'broken\nno:number:here\ntoo:x:99999999999:1::/:/bin/sh\n\n# a comment\n+nis\nroot:x:7:7::/:/bin/sh\n' \
    >>"$root/etc/passwd"
image syncuser --from "$work/site/passwd" node
expect_status 0
grep -qE '^user +games +905 +5 +[0-9]+$' stdout || fail "the good lines are not read"
for line in 'broken' 'no:number:here' 'too:x:99999999999:1::/:/bin/sh'; do
    grep -F "$line" stderr | grep -q '^warning: ' || fail "$line is not said"
done
image syncuser --write --from "$work/site/passwd" node
expect_status 0
for line in '# a comment' '+nis'; do
    grep -qxF "$line" "$root/etc/passwd" || fail "$line is lost"
done
cp passwd.good "$root/etc/passwd"
chown -R 5:60 "$root/srv"
cp source/etc/group "$root/etc/group"
printf 'clash:x:905:905::/:/bin/sh\n' >>"$root/etc/passwd"
printf 'clash:x:960:\n' >>"$root/etc/group"
before=$(state)
image syncuser --write --from "$work/site/passwd" node
expect_status 2
expect_stderr <<'END'
error: users of the image node can't be brought in step
  | the user clash is in the image only and has the number 905, which is user games of WORK/site/passwd
  | the group clash is in the image only and has the number 960, which is group games of WORK/site/passwd
  hint: give these names other numbers, in the image by: imgbuild image exec node usermod -u NUMBER NAME
END
[ "$(state)" = "$before" ] || fail "something was changed all the same"
cp passwd.good "$root/etc/passwd"
cp source/etc/group "$root/etc/group"

case_is "SIGKILL during syncuser: the next verb completes it and says so"
completed=0
for delay in 0 0.01 0.02 0.03 0.05 0.08; do
    chown -R 5:60 "$root/srv"
    cp passwd.good "$root/etc/passwd"
    cp source/etc/group "$root/etc/group"
    "$IMGBUILD" --progress none --store "$store" image --warewulfconf "$conf" \
        syncuser --write --from "$work/site/passwd" node >victim.out 2>victim.err </dev/null &
    victim=$!
    until [ -e "$chroots/node/imgbuild/syncuser" ] || ! kill -0 "$victim" 2>/dev/null; do sleep 0.002; done
    sleep "$delay"
    kill -KILL "$victim" 2>/dev/null || true
    wait "$victim" || true
    image syncuser --from "$work/site/passwd" node
    expect_status 0
    ! grep -q '^warning: node: a syncuser was interrupted; it was completed now$' stderr || completed=$((completed + 1))
    [ "$(find "$root/srv" -mindepth 1 -printf '%U:%G\n' | sort -u | wc -l)" = 1 ] || fail "only some files were changed"
    of=$(stat -c %u "$root/srv/1")
    [ "$(sed -n 's/^games:x:\([0-9]*\):.*/\1/p' "$root/etc/passwd")" = "$of" ] || fail "passwd and files differ"
done
[ "$completed" -gt 0 ] || echo "note: no kill came in the middle"

case_is "a rootfs that is a symlink"
mkdir elsewhere
mv "$chroots/node/rootfs" elsewhere/root
ln -s "$work/elsewhere/root" "$chroots/node/rootfs"
image exec node touch /root/through-the-link
expect_status 0
[ -e elsewhere/root/root/through-the-link ] || fail "another root was changed"
[ -L "$chroots/node/rootfs" ] || fail "the link was replaced"
image copy node copied
expect_status 0
[ ! -L "$chroots/copied/rootfs" ] && [ -e "$chroots/copied/rootfs/root/through-the-link" ] || fail "the copy is another one"
image build node
expect_status 0
rm "$chroots/node/rootfs"
mv elsewhere/root "$chroots/node/rootfs"
image delete copied

case_is "an image on a file system that is mounted read-only"
before=$(state)
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
image exec --no-build node touch /etc/x
[ "$status" -ne 0 ] || fail "it was changed"
normalised <stderr | grep -q 'Read-only file system' || fail "the cause is not said"
image syncuser --write --from "$work/site/passwd" node
[ "$status" -ne 0 ] || [ "$(state)" = "$before" ] || fail "it was changed"
image exec --ro --no-build node true
umount "$root"
[ "$(state)" = "$before" ] || fail "the image changed"
image exec --no-build node true
expect_status 0

case_is "a store on NFS whose server makes nobody of root"
mkdir nfs
cp -a "$chroots" nfs/chroots
chown -R nobody nfs
before=$(find nfs -printf '%p %i %y %m %U:%G %s %C@\n' | sort | sha256sum)
squashed() {
    status=0
    setpriv --bounding-set -chown,-dac_override,-dac_read_search,-fowner,-fsetid,-setfcap \
        "$IMGBUILD" --progress none --store "$store" image --images "$work/nfs" "$@" >stdout 2>stderr </dev/null || status=$?
}
squashed list
expect_status 0
grep -q '^node ' stdout || fail "the image is not listed"
for verb in 'exec --no-build node touch /etc/x' 'build node' "syncuser --write --from $work/site/passwd node" \
    "import --force $work/source node" "import --update $work/source node" 'copy node other' 'delete node'; do
    # shellcheck disable=SC2086 # words are arguments
    squashed $verb
    expect_status 74
    expect_line stderr '  hint: root may not write there, as on NFS with root_squash: work where the directory is local, or have it exported otherwise'
done
[ "$(find nfs -printf '%p %i %y %m %U:%G %s %C@\n' | sort | sha256sum)" = "$before" ] || fail "something was changed"
rm -r nfs

case_is "an image that Warewulf has marked read-only"
touch "$chroots/node/readonly"
image exec node true
expect_status 2
grep -q "$chroots/node/readonly" stderr || fail "the mark is not named"
image exec --ro node true
expect_status 0
cp passwd.good "$root/etc/passwd"
image syncuser --write --from "$work/site/passwd" node
expect_status 2
cmp passwd.good "$root/etc/passwd" || fail "it was changed"
mkdir -p "$root/etc/warewulf"
printf 'touch /etc/by-the-exit-script\n' >"$root/etc/warewulf/image_exit.sh"
image build --force node
expect_status 0
rm "$root/etc/warewulf/image_exit.sh"
[ ! -e "$root/etc/by-the-exit-script" ] || fail "the exit script changed it"
rm "$chroots/node/readonly"

case_is "an exit script that fails, hangs, or is no file"
script "$root/etc/warewulf/image_exit.sh" <<'END'
echo before the end
exit 9
END
image build node
expect_status 4
expect_stderr <<'END'
error: /etc/warewulf/image_exit.sh of the image node ended with status 9
  | before the end
END
printf 'trap "" TERM\nsleep 98765 &\nsleep 98765\n' >"$root/etc/warewulf/image_exit.sh"
image build --exit-timeout 1 node
expect_status 4
expect_stderr <<'END'
error: /etc/warewulf/image_exit.sh of the image node ran longer than 1 s
  hint: it was ended; --exit-timeout gives it more time
END
! pgrep -f 'sleep 98765' >/dev/null || fail "a process is left"
for what in "mkfifo" "mkdir" "ln -s /dev/zero" "ln -s loop"; do
    rm -rf "$root/etc/warewulf/image_exit.sh" "$root/etc/warewulf/loop"
    $what "$root/etc/warewulf/image_exit.sh"
    image build --force node
    case "$what" in
    mkfifo | mkdir)
        expect_status 4
        expect_stderr <<'END'
error: /etc/warewulf/image_exit.sh in the image node is not a file
END
        ;;
    esac
done
rm -rf "$root/etc/warewulf/image_exit.sh"

case_is "excludes that are a device, a FIFO, a link out of the image, or too large"
for what in "mkfifo F" "mknod F c 1 5" "mkdir F"; do
    rm -rf "$root/etc/warewulf/excludes"
    ${what//F/$root/etc/warewulf/excludes}
    image build --force node
    [ "$status" -ne 0 ] || fail "$what is read"
    grep -q '/etc/warewulf/excludes' stderr || fail "$what is not named"
done
rm -rf "$root/etc/warewulf/excludes"
printf 'etc/*\n' >outside
ln -s "$work/outside" "$root/etc/warewulf/excludes"
image build --force node
if [ "$status" -eq 0 ]; then
    packed "$output" >names
    grep -qx etc/passwd names || fail "the host's file was read"
fi
rm "$root/etc/warewulf/excludes"
printf 'usr/[\n' >"$root/etc/warewulf/excludes"
image build node
expect_status 2
expect_stderr <<'END'
error: /etc/warewulf/excludes of the image node:1: malformed pattern usr/[
  hint: a class needs its ], a backslash something behind it; \[ is a plain [
END
rm "$root/etc/warewulf/excludes"

case_is "account files that lead out of the image or are no files"
# The host's accounts, without those that other tests make for their own time.
accounts_of_host() {
    grep -v '^imgbuild-test-' /etc/passwd
}
accounts_of_host >passwd.host
for what in "ln -s /etc/passwd F" "mkfifo F" "mkdir F"; do
    rm -rf "$root/etc/passwd"
    ${what//F/$root/etc/passwd}
    image syncuser --write --from "$work/site/passwd" node
    [ "$status" -ne 0 ] || fail "$what is taken for a passwd"
    grep -q 'passwd' stderr || fail "$what is not named"
done
accounts_of_host | cmp - passwd.host || fail "the host's passwd changed"
rm -rf "$root/etc/passwd"
cp passwd.good "$root/etc/passwd"

case_is "directories that are swapped for links while they are walked"
mkdir target
echo untouched >target/1
chown 5:60 target/1
before=$(stat -c '%u:%g %i' target/1)
python3 - "$root" "$work/target" <<'END' &
import os, sys, time
root, target = sys.argv[1:]
real, link = root + "/srv", root + "/srv.link"
os.symlink(target, link)
end = time.time() + 6
try:
    while time.time() < end:
        os.rename(real, root + "/srv.away")
        os.rename(link, real)
        os.rename(real, link)
        os.rename(root + "/srv.away", real)
finally:
    if not os.path.isdir(real) or os.path.islink(real):
        os.replace(root + "/srv.away", real)
    os.path.islink(link) and os.unlink(link)
END
swapper=$!
while kill -0 "$swapper" 2>/dev/null; do
    chown -hR 5:60 "$root/srv" 2>/dev/null || true
    image syncuser --write --from "$work/site/passwd" node
    image copy --force node copied
    image build --force node
    [ "$(stat -c '%u:%g %i' target/1)" = "$before" ] || fail "a file outside was changed"
    # The link itself may be copied: it was the image's at that moment. Without arguments grep follows none.
    ! (cd "$chroots/copied/rootfs" && grep -rq untouched 2>/dev/null) || fail "a file from outside was copied"
done
wait "$swapper" || true
image delete copied
rm -rf "$chroots/node"
image import "$work/source" node
expect_status 0
nothing_left

case_is "SIGKILL during exec: no mount, no lock, no process, no mount point is left"
exec_in_background --no-build --bind "$work/site:/new/place" node sh -c 'touch /etc/started; sleep 98765'
until_exists "$root/etc/started"
kill -KILL "$victim"
wait "$victim" || true
image exec --no-wait --no-build node test ! -e /new
expect_status 0
expect_stderr <<'END'
warning: node: a command in the image was killed; its mount points were removed
END
! pgrep -f 'sleep 98765' >/dev/null || fail "a process is left"
[ ! -e "$root/new" ] || fail "a mount point is left"
nothing_left

case_is "the limits of nodes, with figures"
truncate -s 3G "$root/srv/large"
image build node
expect_status 0
expect_line stderr 'warning: packed and unpacked the image has 3.23 GB: machines that boot by BIOS may fail above about 3 GiB [large-for-bios]; boot these nodes by UEFI, or leave something out by /etc/warewulf/excludes'
truncate -s 4G "$root/srv/large"
image build node
expect_status 5
grep -q 'srv/large has' stderr || fail "the file is not named"
printf 'srv/large\n' >"$root/etc/warewulf/excludes"
image build node
expect_status 0
! grep -q 'large' stderr || fail "what is excluded counts"
