# SPDX-License-Identifier: Apache-2.0
# An administrator's day with `imgbuild image`, on a real Debian root: each command line of
# docs/from-wwctl.md, and what may go wrong with it.
. "$(dirname "$0")/image_common.sh"

need_installed_node
node "$work/desc"

case_is "import of a description, said whether it boots"
image import "$work/desc" node
expect_status 0
grep -q '^node: imported, ' "$work/stdout" || fail "nothing is said about the import"
[ -x "$root/bin/sh" ] || fail "there is no root"
image import "$work/desc" node
expect_status 2
grep -q 'there is an image node already' "$work/stderr" || fail "an image is replaced silently"
image import --update "$work/desc" node
expect_status 0
expect_stdout <<'END'
node: nothing changed
END

case_is "list, show, kernels, history"
image list
expect_status 0
grep -qE '^node +1 +-$' "$work/stdout" || fail "list says something else"
image list --long
grep -q '^IMAGE NAME  NODES  KERNEL VERSION' "$work/stdout" || fail "list --long says something else"
image list --json
[ "$(field "$work/stdout" 'it[0]["nodes"]')" = "['n1']" ] || fail "the node is not in the JSON"
image show node
[ "$(cat "$work/stdout")" = "$root" ] || fail "show does not say where the root is"
image show --all node
grep -q '^nodes *n1$' "$work/stdout" || fail "show does not name the nodes"
image kernels node
expect_status 0
image history node
grep -q ' import  ' "$work/stdout" || fail "the history lacks the import"
"$IMGBUILD" container --warewulfconf "$conf" list >"$work/stdout"
grep -q '^node' "$work/stdout" || fail "container is no alias"
image show nodf
expect_status 2
grep -q 'did you mean node' "$work/stderr" || fail "no near name is proposed"
image show ../node
expect_status 2

case_is "exec: what follows the name is the command's, and so is the status"
image exec node /bin/sh -c 'echo out; exit 7'
expect_status 7
expect_stdout <<'END'
out
END
image exec --env GREETING="a b" node -- sh -c 'echo "$GREETING"' --help
expect_status 0
expect_stdout <<'END'
a b
END
image exec --user nobody node id -un
expect_stdout <<'END'
nobody
END
echo hello >"$work/bound"
image exec --bind "$work/bound:/new/place:ro" node cat /new/place
expect_stdout <<'END'
hello
END
[ ! -e "$root/new" ] || fail "a mount point is left in the image"
image exec --bind "$work/bound:/mnt/copy:copy" node sh -c 'echo changed >/mnt/copy; cat /mnt/copy'
[ "$(cat "$work/bound")" = hello ] || fail "a copy is written through"
image exec --bind "$work/none" node true
expect_status 2
grep -q -- "--bind .*none: there is no such file" "$work/stderr" || fail "a missing source is not said"
image exec --ro node touch /thrown-away
expect_status 0
[ ! -e "$root/thrown-away" ] || fail "--ro changes the image"
image exec node no-such-program
[ "$status" -ne 0 ] || fail "a missing program is no error"
nothing_left

case_is "build: by Warewulf's excludes, at once, and not when nothing changed"
mkdir -p "$root/etc/warewulf"
printf '/boot/\nusr/share/doc/*\n' >"$root/etc/warewulf/excludes"
image build node
expect_status 0
grep -qE '^node: built \(' "$work/stdout" || fail "build says something else"
packed "$output" >"$work/names"
grep -qx 'etc/passwd' "$work/names" || fail "passwd is not in the image"
! grep -q '^boot' "$work/names" || fail "an excluded directory is in the image"
! grep -q '^usr/share/doc/.' "$work/names" || fail "excluded files are in the image"
before=$(stat -c %i "$output")
image build node
grep -q '^node: nothing changed' "$work/stdout" || fail "an unchanged image is built again"
[ "$(stat -c %i "$output")" = "$before" ] || fail "an unchanged output is replaced"
touch "$root/etc/new-file"
image build --all
grep -q '^node: built' "$work/stdout" || fail "a changed image is not built"
packed "$output" >"$work/names"
grep -qx 'etc/new-file' "$work/names" || fail "the change is not in the output"
[ -z "$(find "$outputs" -name '.*' -type f)" ] || fail "half an output is left"

case_is "an exec that changes something builds, one that does not or fails does not"
before=$(stat -c %i "$output")
image exec node true
[ "$(stat -c %i "$output")" = "$before" ] || fail "true changes the image"
image exec node sh -c 'touch /root/partly; exit 3'
expect_status 3
grep -q 'stays in the image' "$work/stderr" || fail "a failed command's changes are not said"
[ "$(stat -c %i "$output")" = "$before" ] || fail "a failed command builds"
image exec --build=false node touch /root/later
[ "$(stat -c %i "$output")" = "$before" ] || fail "--build=false builds"
image exec node touch /root/now
packed "$output" >"$work/names"
grep -qx 'root/now' "$work/names" || fail "the change is not in the output"
image history node
grep -q 'sh -c touch /root/partly; exit 3  status=3' "$work/stdout" || fail "the exec is not in the history"

case_is "the exit script runs before a build; one that fails or hangs is ended"
printf 'rm -f /root/now\n' >"$root/etc/warewulf/image_exit.sh"
image build node
expect_status 0
[ ! -e "$root/root/now" ] || fail "the exit script did not run"
printf 'exit 9\n' >"$root/etc/warewulf/image_exit.sh"
image build node
expect_status 4
grep -q 'image_exit.sh of the image node ended with status 9' "$work/stderr" || fail "not said"
printf 'sleep 98765\n' >"$root/etc/warewulf/image_exit.sh"
image build --exit-timeout 1 node
expect_status 4
grep -q 'ran longer than 1 s' "$work/stderr" || fail "a hanging script is not said"
rm "$root/etc/warewulf/image_exit.sh"
nothing_left

case_is "--atomic: all or nothing"
ln "$root/etc/hostname" "$root/etc/hostname-link" 2>/dev/null || { echo n >"$root/etc/hostname"; ln "$root/etc/hostname" "$root/etc/hostname-link"; }
image exec --atomic --build=false node sh -c 'rm -rf /var/log; echo x >/etc/hostname; touch /etc/a; exit 1'
expect_status 1
[ -d "$root/var/log" ] && [ ! -e "$root/etc/a" ] || fail "a failed command left something"
image exec --atomic --build=false node sh -c 'rm -rf /var/log; echo x >/etc/hostname; touch /etc/a'
expect_status 0
[ ! -e "$root/var/log" ] && [ -e "$root/etc/a" ] || fail "the change is not there"
[ "$(cat "$root/etc/hostname-link")" = x ] || fail "a hard link was broken"
nothing_left

case_is "killed in the middle of an exec: nothing is left, the next one works"
"$IMGBUILD" --progress none --store "$store" image --warewulfconf "$conf" \
    exec --bind "$work/bound:/killed/place" node sh -c 'echo >/etc/started; sleep 98765' </dev/null >/dev/null 2>&1 &
victim=$!
until [ -e "$root/etc/started" ]; do
    kill -0 "$victim" || fail "exec ended early"
    sleep 0.1
done
image exec --no-wait node true
expect_status 75
grep -q 'the image node is in use: exec sh -c' "$work/stderr" || fail "the holder is not said"
kill -KILL "$victim"
wait "$victim" || true
image exec --no-wait --build=false node test ! -e /killed
expect_status 0
grep -q 'a command in the image was killed; its mount points were removed' "$work/stderr" || fail "not said"
[ ! -e "$root/killed" ] || fail "a mount point is left"
! pgrep -f 'sleep 98765' >/dev/null || fail "a process is left"
nothing_left

case_is "syncuser: numbers follow, setuid bits stay, links are not followed"
mkdir -p "$work/site"
sed -e 's/^games:x:5:/games:x:905:/' "$root/etc/passwd" >"$work/site/passwd"
echo 'alice:x:4242:4242::/home/alice:/bin/sh' >>"$work/site/passwd"
sed -e 's/^games:x:60:/games:x:960:/' "$root/etc/group" >"$work/site/group"
echo host >"$work/outside"
mkdir -p "$root/var/games"
cp "$root/bin/true" "$root/var/games/tool"
chown 5:60 "$root/var/games" "$root/var/games/tool"
chmod 6755 "$root/var/games/tool"
ln -s "$work/outside" "$root/var/games/link"
chown -h 5:60 "$root/var/games/link"
image syncuser --from "$work/site/passwd" node
expect_status 0
grep -qE '^user +games +905 +5 +[0-9]+$' "$work/stdout" || fail "the table lacks games"
[ "$(stat -c %u "$root/var/games")" = 5 ] || fail "a report changes the image"
image syncuser --write --from "$work/site/passwd" node
expect_status 0
[ "$(stat -c %u:%g:%a "$root/var/games/tool")" = 905:960:6755 ] || fail "owner or mode is wrong"
[ "$(stat -c %u:%g "$root/var/games/link")" = 905:960 ] || fail "the link was not changed"
[ "$(stat -c %u "$work/outside")" = 0 ] || fail "a link was followed out of the image"
grep -q '^alice:' "$root/etc/passwd" || fail "the new user is missing"
[ ! -e "$root/etc/shadow" ] || grep -q '^alice:!\*:' "$root/etc/shadow" || fail "alice is not locked"
image syncuser --from "$work/site/passwd" node
expect_stdout <<'END'
nothing differs
END
echo 'mine:x:4000:4000::/:/bin/sh' >>"$root/etc/passwd"
echo 'theirs:x:4000:4000::/:/bin/sh' >>"$work/site/passwd"
image syncuser --write --from "$work/site/passwd" node
expect_status 2
grep -q 'the user mine is in the image only and has the number 4000' "$work/stderr" || fail "no conflict"
sed -i '/^mine:/d' "$root/etc/passwd"

case_is "copy for a canary, change, diff, size"
image copy node canary
expect_status 0
image diff node canary
expect_stdout <<'END'
nothing differs
END
image exec --build=false canary sh -c 'echo new >/etc/canary; chmod 700 /srv'
image diff node canary
grep -qx '+ /etc/canary' "$work/stdout" || fail "the new file is not said"
grep -q '^~ /srv  mode 0700 instead of 0755' "$work/stdout" || fail "the mode is not said"
image diff --json node canary
[ "$(field "$work/stdout" 'len([f for f in it["files"] if f["kind"] == "added"])')" = 1 ] || fail "JSON"
image size node
grep -q 'DIRECTORY' "$work/stdout" || fail "no directories"
image size --packages node
grep -qE ' (libc6|dpkg|perl-base|coreutils)$' "$work/stdout" || fail "no packages"
image size --html "$work/size.html" node
grep -q '<script id="data"' "$work/size.html" || fail "no page"

case_is "rename and delete, not while nodes use it"
image build canary
image rename canary canary2
expect_status 0
[ -e "$outputs/canary2.img.gz" ] || fail "the output was not renamed"
image delete canary2
expect_status 0
[ ! -e "$chroots/canary2" ] && [ ! -e "$outputs/canary2.img.gz" ] || fail "not deleted"
image delete node
expect_status 2
grep -q 'the image node is used by the node n1 and the profile default' "$work/stderr" || fail "not said"
[ -d "$root" ] || fail "it is deleted all the same"

case_is "hostile images: links, devices, FIFOs"
mv "$root/etc/passwd" "$root/etc/passwd.real"
ln -s /etc/passwd "$root/etc/passwd"
cp /etc/passwd "$work/passwd.before"
image syncuser --write --from "$work/site/passwd" node
expect_status 2
cmp /etc/passwd "$work/passwd.before" || fail "the host's passwd changed"
rm "$root/etc/passwd"
mv "$root/etc/passwd.real" "$root/etc/passwd"
rm "$root/etc/warewulf/excludes"
mkfifo "$root/etc/warewulf/excludes"
image build node
[ "$status" -ne 0 ] || fail "a FIFO is read"
rm "$root/etc/warewulf/excludes"
mkfifo "$root/etc/warewulf/image_exit.sh"
image build --force node
expect_status 4
rm "$root/etc/warewulf/image_exit.sh"

case_is "import of archives, directories, sandboxes; a bad one changes nothing"
tar -C "$root" --xattrs --xattrs-include="*" -cf "$work/root.tar" .
image import "$work/root.tar" from-tar
expect_status 0
image diff node from-tar
expect_stdout <<'END'
nothing differs
END
image import "$output" from-cpio
expect_status 0
image import "$root" from-directory --build
expect_status 0
image diff node from-directory
expect_stdout <<'END'
nothing differs
END
mkdir "$work/empty"
image import --force "$work/empty" from-tar
expect_status 2
grep -q 'has no /bin/sh' "$work/stderr" || fail "not said"
head -c 100000 "$work/root.tar" >"$work/cut.tar"
image import --force "$work/cut.tar" from-tar
[ "$status" -ne 0 ] || fail "half an archive is imported"
[ -x "$chroots/from-tar/rootfs/bin/sh" ] || fail "the former image is gone"
nothing_left

case_is "several at once"
jobs=()
for i in 1 2 3; do
    for verb in "list -l" "exec --build=false from-tar touch /root/$i" "build from-tar" "copy --force from-tar c$i"; do
        # shellcheck disable=SC2086
        "$IMGBUILD" --progress none --store "$store" image --warewulfconf "$conf" $verb \
            </dev/null >/dev/null 2>"$work/parallel.$i.${verb%% *}" &
        jobs+=($!)
    done
done
for job in "${jobs[@]}"; do
    wait "$job" || fail "one of several failed: $(cat "$work"/parallel.*)"
done
for i in 1 2 3; do
    [ -e "$chroots/from-tar/rootfs/root/$i" ] || fail "a change is lost"
    [ -x "$chroots/c$i/rootfs/bin/sh" ] || fail "a copy is not whole"
done
nothing_left
