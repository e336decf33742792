# SPDX-License-Identifier: Apache-2.0
# Commands in images: streams, terminals, what they see and what stays of them. On a small root of our own;
# image-from-wwctl.sh does the same with a real one. as-user.sh runs this for an ordinary user too.
. "$(dirname "$0")/image_common.sh"
need_roots

tiny_root source
printf 'first\n' >source/etc/content
ln source/etc/content source/etc/linked
image import "$work/source" node
expect_status 0

case_is "standard input, output and error are the caller's, each for itself"
printf 'from the input' | "$IMGBUILD" --progress none --store "$store" image --warewulfconf "$conf" exec --no-build node -- \
    sh -c 'cat; echo; echo to-errors >&2; echo to-output' >stdout 2>stderr
expect_stdout <<'END'
from the input
to-output
END
expect_stderr <<'END'
to-errors
END
image exec --no-build node sh -c 'i=0; while [ $i -lt 20000 ]; do echo out-$i; echo err-$i >&2; i=$((i+1)); done'
[ "$(wc -l <stdout)" = 20000 ] && [ "$(tail -n 1 stdout)" = out-19999 ] || fail "output is lost"
[ "$(wc -l <stderr)" = 20000 ] && [ "$(tail -n 1 stderr)" = err-19999 ] || fail "errors are lost"
image exec --no-build node sh -c 'echo a >/dev/stderr; echo b >/dev/stdout'
[ "$(cat stderr)$(cat stdout)" = ab ] || fail "/dev/stderr leads elsewhere"

case_is "a reader that goes away ends the command as in any pipeline"
status=0
"$IMGBUILD" --progress none --store "$store" image --warewulfconf "$conf" exec --no-build node -- \
    sh -c 'while echo line; do :; done; exit 3' 2>stderr </dev/null | head -n 1 >stdout || status=$?
expect_stdout <<'END'
line
END
image exec --no-wait --no-build node true
expect_status 0

case_is "a terminal: its size, a change of it, Ctrl-C, job control, the status"
at_terminal=(python3 "$IMGBUILD_SOURCES/tests/support/at_terminal.py")
in_image=("$IMGBUILD" --progress none --store "$store" image --warewulfconf "$conf" exec --no-build node --)
status=0
"${at_terminal[@]}" 'x' "${in_image[@]}" sh -c 'stty size; tty; echo ready; read -r line; echo "got $line"; exit 5' >stdout ||
    status=$?
expect_status 5
grep -qx '33 99' stdout && grep -qx /dev/pts/0 stdout && grep -qx 'got x' stdout || fail "another terminal"
"${at_terminal[@]}" --resize 'x' "${in_image[@]}" sh -c 'echo ready; read -r line; stty size' >stdout
grep -qx '44 111' stdout || fail "the size does not follow"
status=0
"${at_terminal[@]}" $'\003' "${in_image[@]}" sh -c 'trap "echo caught; exit 9" INT; echo ready; while :; do sleep 1; done' \
    >stdout || status=$?
expect_status 9
grep -qx caught stdout || fail "Ctrl-C does not reach the command"
status=0
"${at_terminal[@]}" $'sleep 50 &\njobs\nkill %1\nexit 4' "$IMGBUILD" --progress none --store "$store" image \
    --warewulfconf "$conf" shell --no-build node >stdout || status=$?
expect_status 4
grep -q 'Running.*sleep 50' stdout || fail "no job control"
! grep -q "can't access tty" stdout || fail "no job control"
status=0
"${at_terminal[@]}" x "${in_image[@]}" sh -c 'echo ready; read -r x; kill -TERM $$' >stdout || status=$?
expect_status 143

case_is "a terminal only where input and output are one: no line ends of terminals in a file"
command script -qec "\"$IMGBUILD\" --progress none --store '$store' image --warewulfconf '$conf' exec --no-build node -- sh -c 'echo plain; tty <&1' >captured" /dev/null >screen ||
    true
[ "$(head -n 1 captured)" = plain ] || fail "the output has other line ends"

case_is "a terminal that goes away ends the command, and nothing is left"
python3 - "${in_image[@]}" sh -c 'echo ready; while :; do sleep 1; done' <<'END'
import os, pty, sys, time
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b""
while b"ready" not in seen:
    seen += os.read(terminal, 4096)
os.close(terminal)
os.waitpid(child, 0)
END
image exec --no-wait --no-build node true
expect_status 0
nothing_left
image history node
grep -q 'status=interrupted' stdout || fail "the end is not in the history"

case_is "what a command sees: hosts' resolv.conf, binds, its user, its environment"
image exec --no-build node cat /etc/resolv.conf
cmp -s /etc/resolv.conf stdout || fail "another resolv.conf"
[ ! -s "$root/etc/resolv.conf" ] || fail "resolv.conf was copied"
image exec --no-build node sh -c 'echo "$WW_IMAGE_SHELL $WW_CONTAINER_SHELL"'
expect_stdout <<'END'
node node
END
mkdir -p bound/sub
echo inside >bound/file
image exec --no-build --bind "$work/bound" node cat "$work/bound/file"
expect_stdout <<'END'
inside
END
[ ! -e "$root$work" ] || fail "a mount point is left"
image exec --no-build --bind "$work/bound:/etc/content/x" node true
[ "$status" -ne 0 ] || fail "a bind below a file"
image exec --no-build --bind "$work/bound:/../../escape" node true
[ "$status" -ne 0 ] || fail "a bind with .. is taken"
image exec --no-build --bind "$work/bound:/mnt:copy" node sh -c 'echo new >/mnt/file; cat /mnt/file'
expect_stdout <<'END'
new
END
[ "$(cat bound/file)" = inside ] || fail "a copy is written through"
image exec --no-build --bind "$work/none:/mnt" node true
expect_status 2
expect_stderr <<'END'
error: --bind WORK/none: there is no such file or directory
END
image exec --no-build --bind a:b:c:d node true
expect_stderr <<'END'
error: --bind a:b:c:d: expected SOURCE[:TARGET[:ro|copy]]
END
image exec --no-build --env A=1 --env 'B=two words' node sh -c 'echo "$A $B $HOME"'
expect_stdout <<'END'
1 two words /root
END
image exec --no-build --user nobody node true
expect_status 2
expect_stderr <<'END'
error: the image node has no user nobody
END
image exec --no-build --user user node true
expect_status 2
expect_stderr <<'END'
error: the image node has no setpriv, by which a command gets another user
  hint: install util-linux in it
END
image exec --no-build --node n1 node true
expect_status 2
expect_stderr <<END
error: there are no overlays of the node n1
  hint: wwctl overlay build n1 makes them in WORK/provision/overlays/n1
END
image exec node
expect_stderr <<'END'
error: image exec needs a command
  hint: imgbuild image shell opens a shell
END
http_proxy=http://proxy.example:3128 image exec --no-build node sh -c 'echo $http_proxy'
expect_stdout <<'END'
http://proxy.example:3128
END
SECRET=x image exec --no-build node env
! grep -q SECRET stdout || fail "the caller's environment is seen"

case_is "one writer at a time: a second one waits and says for whom"
exec_in_background --no-build node sh -c 'touch /etc/holding; while [ ! -e /etc/go-on ]; do sleep 0.1; done; rm /etc/holding /etc/go-on'
until_exists "$root/etc/holding"
image exec --no-wait --no-build node true
expect_status 75
sed 's/process [0-9]*, since [^)]*/process N, since T/' stderr >said
diff -u - said <<'END'
error: the image node is in use: exec sh -c touch /etc/holding; while [ ! -e /etc/go-on ]; do sleep 0.1; done; rm /etc/holding /etc/go-on (process N, since T)
END
image exec --no-wait --ro node true
expect_status 75
image build --no-wait node
expect_status 75
image import --no-wait --force "$work/source" node
expect_status 75
image delete --no-wait --force node
expect_status 75
image list
expect_status 0
"$IMGBUILD" --progress plain --store "$store" image --warewulfconf "$conf" exec --no-build node echo second \
    >stdout 2>stderr </dev/null &
second=$!
until grep -q 'waiting for the image node: exec sh -c' stderr; do
    kill -0 "$second" || fail "it does not wait"
    sleep 0.05
done
touch "$root/etc/go-on"
wait "$second" || fail "the second one failed"
wait "$victim" || fail "the first one failed"
expect_stdout <<'END'
second
END

case_is "interrupted during and after the command: what is left is said, once, and is in the history"
mkdir -p "$root/etc/warewulf"
printf 'touch /etc/waiting\nsleep 98765\n' >"$root/etc/warewulf/image_exit.sh"
# interrupted FILE ARGUMENTS…: exec, ended when the file is there.
interrupted() {
    local file=$1
    shift
    exec_in_background "$@"
    until_exists "$file"
    kill -TERM "$victim"
    status=0
    wait "$victim" || status=$?
    expect_status 130
    cp victim.err stderr
    image history node
    cp stdout history
    image exec --no-wait --no-build node true
    expect_status 0
    nothing_left
}
interrupted "$root/etc/waiting" node touch /etc/kept
expect_line victim.err 'warning: node: interrupted after the command had ended; what it changed stays in the image, which is not built'
[ -e "$root/etc/kept" ] || fail "the change is lost"
[ "$(grep -c 'touch /etc/kept' history)" = 1 ] || fail "not once in the history"
rm -r "$root/etc/warewulf" "$root/etc/waiting"
interrupted "$root/etc/started" --no-build node sh -c 'touch /etc/started; sleep 98765'
expect_line victim.err 'warning: node: the command was ended; what it changed until then stays in the image, which is not built'
[ "$(grep -c 'touch /etc/started; sleep 98765  status=interrupted' history)" = 1 ] || fail "not once in the history"

case_is "--atomic: SIGKILL during the command leaves the image as it was"
before=$(find "$root" -printf '%P %i %y %m %s\n' | sort | sha256sum)
exec_in_background --atomic --no-build node sh -c \
    'rm /bin/wc; echo second >/etc/content; touch /etc/new; echo >/etc/holding; sleep 98765'
until [ -n "$(find "$chroots/.imgbuild/work" -name holding 2>/dev/null)" ]; do
    kill -0 "$victim" || { cat victim.err >&2; fail "it ended early"; }
    sleep 0.05
done
kill -KILL "$victim"
wait "$victim" || true
image exec --no-wait --no-build node true
expect_status 0
[ "$(find "$root" -printf '%P %i %y %m %s\n' | sort | sha256sum)" = "$before" ] || fail "the image changed"
nothing_left

case_is "--atomic: SIGKILL while changes are carried over, the next verb completes them"
image exec --no-build node sh -c 'mkdir /opt; i=0; while [ $i -lt 3000 ]; do echo $i >/opt/$i; i=$((i+1)); done'
completed=0
for delay in 0.0 0.02 0.05 0.1 0.2 0.4; do
    exec_in_background --atomic --no-build node sh -c \
        'i=0; while [ $i -lt 3000 ]; do echo changed >/opt/$i; i=$((i+1)); done; echo changed >/etc/content'
    until [ -e "$chroots/node/imgbuild/merge/list" ] || ! kill -0 "$victim" 2>/dev/null; do sleep 0.005; done
    sleep "$delay"
    kill -KILL "$victim" 2>/dev/null || true
    wait "$victim" || true
    image exec --no-wait --no-build node sh -c 'cat /opt/* /etc/content | sort | uniq -c'
    expect_status 0
    found=$(tr -s ' ' <stdout)
    [ "$found" = ' 3001 changed' ] || fail "half a change: $found"
    [ "$(cat "$root/etc/linked")" = changed ] || fail "a hard link was broken"
    ! grep -q 'its changes were completed now' stderr || completed=$((completed + 1))
    image exec --no-build node sh -c 'i=0; while [ $i -lt 3000 ]; do echo $i >/opt/$i; i=$((i+1)); done; echo first >/etc/content'
done
[ "$completed" -gt 0 ] || echo "note: no kill came in the middle"
nothing_left

case_is "the usage line says what follows"
for line in 'exec [OPTIONS] NAME [OPTIONS] [--] COMMAND...' 'shell [OPTIONS] NAME [OPTIONS]'; do
    run image "${line%% *}" --help
    expect_status 0
    expect_line stdout "Usage: imgbuild image $line"
done
