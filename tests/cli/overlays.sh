# SPDX-License-Identifier: Apache-2.0
# The trees beside a description: whose their files are, which modes they get, and that nothing of them is lost.
. "$(dirname "$0")/common.sh"
need_root
need_installed_node

# listed FILE…: type, mode, owner, size and name of these in the last image, and where links lead.
listed() {
    rm -rf image
    mkdir image
    (cd image && zcat ../out/*.img.gz | cpio --quiet -idm --no-absolute-filenames)
    (cd image && find "$@" -maxdepth 0 -printf '%y %m %U:%G %n %p %l\n')
}

node description
mkdir -p description/root/etc/site.d description/root/srv/shared
echo open >description/root/etc/site.d/open
echo run >description/root/etc/site.d/run
echo group >description/root/etc/site.d/group
ln description/root/etc/site.d/open description/root/etc/site.d/same
ln -s /usr/share description/root/srv/absolute
chmod 640 description/root/etc/site.d/open
chmod 6711 description/root/etc/site.d/run
chmod 664 description/root/etc/site.d/group
chmod 1777 description/root/srv/shared
chown -R 1234:4321 description/root
chmod 6711 description/root/etc/site.d/run

case_is "files are root's and keep modes and links"
build description --target-dir out
expect_status 0
listed etc/site.d/open etc/site.d/run etc/site.d/group etc/site.d/same srv/shared srv/absolute >found
diff -u - found <<'END'
f 640 0:0 2 etc/site.d/open 
f 6711 0:0 1 etc/site.d/run 
f 664 0:0 1 etc/site.d/group 
f 640 0:0 2 etc/site.d/same 
d 1777 0:0 2 srv/shared 
l 777 0:0 1 srv/absolute /usr/share
END

case_is "overlay_modes=\"git\": a checkout knows of the executable bit only"
sed -i 's|<type image="warewulf"|& overlay_modes="git"|' description/config.xml
build description --target-dir out
expect_status 0
listed etc/site.d/open etc/site.d/run etc/site.d/group srv/shared >found
diff -u - found <<'END'
f 644 0:0 2 etc/site.d/open 
f 755 0:0 1 etc/site.d/run 
f 644 0:0 1 etc/site.d/group 
d 755 0:0 2 srv/shared 
END

case_is "the tree of a profile goes over root/, if the profile is selected"
sed -i 's|<preferences>|<profiles><profile name="gpu" description="x"/></profiles>&|' description/config.xml
mkdir -p description/gpu/etc/site.d
echo gpu >description/gpu/etc/site.d/open
build description --target-dir out
expect_status 0
listed etc >/dev/null
[ "$(cat image/etc/site.d/open)" = open ] || fail "the profile's tree was taken"
build description --target-dir out --profile gpu
expect_status 0
listed etc >/dev/null
[ "$(cat image/etc/site.d/open)" = gpu ] || fail "the profile's tree was not taken"
[ "$(cat image/etc/site.d/same)" = open ] || fail "the other name of the file changed, too"

case_is "a socket is refused before anything is installed"
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("description/root/srv/socket")'
run --progress none --store "$store" explain description
expect_status 2
expect_stderr <<'END'
error: description/root/srv/socket is a socket, which an image can't hold
  hint: remove it from the tree: programs make their sockets when they start
END
