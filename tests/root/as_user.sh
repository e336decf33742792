#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# as_user.sh PROGRAM ARGUMENT…: runs a program as a fresh ordinary user with subordinate ids, in a
# directory of its own. The user exists in a private mount namespace only, not on the host.
set -eu
if [ "${1-}" != --inside ]; then
    exec unshare --mount --propagation private "$0" --inside "$@"
fi
shift
id=54321
place=$(mktemp -d "${TMPDIR:-/tmp}/imgbuild-user-XXXXXX")
for file in passwd group subuid subgid; do
    cat "/etc/$file" > "$place/$file" 2> /dev/null || : > "$place/$file"
done
echo "imgbuild-test:x:$id:$id::$place/home:/bin/sh" >> "$place/passwd"
echo "imgbuild-test:x:$id:" >> "$place/group"
echo "imgbuild-test:2000000:65536" >> "$place/subuid"
echo "imgbuild-test:2000000:65536" >> "$place/subgid"
for file in passwd group subuid subgid; do
    mount --bind "$place/$file" "/etc/$file"
done
mkdir "$place/home"
# The program may be in a directory that the user can't enter.
cp "$1" "$place/program"
chmod 755 "$place" "$place/program"
chown "$id:$id" "$place/home"
shift
status=0
(
    cd "$place/home"
    exec env -i HOME="$place/home" TMPDIR="$place/home" PATH="$PATH" \
        setpriv --reuid "$id" --regid "$id" --clear-groups "$place/program" "$@"
) || status=$?
for file in passwd group subuid subgid; do
    umount "/etc/$file"
done
rm -rf "$place"
exit "$status"
