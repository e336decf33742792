#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Images that stand on a container instead of a bootstrap: a real Debian, made by others' tools, in a registry.
. "$(dirname "$0")/common.sh"
. "$here/registry.sh"
need_root
need_registry
command -v mmdebstrap >/dev/null || skip "mmdebstrap is missing"
need_installed_node

# The smallest Debian, a layer that changes it, and one more of another image on the same two.
mirror=$(run --store "$store" info "$IMGBUILD_SOURCES/tests/data/cli/node" --json && field stdout 'it["repositories"][0]["url"]')
mmdebstrap --quiet --variant=essential --mode=root --format=tar bookworm base.tar "deb $mirror bookworm main"
mkdir -p change/etc/site change/usr/share change/var/lib/dpkg
tar -xOf base.tar ./var/lib/dpkg/status >change/var/lib/dpkg/status
cat >>change/var/lib/dpkg/status <<'END'

Package: site-tools
Status: install ok installed
Maintainer: x <x@example.org>
Architecture: all
Version: 7.1
Description: in no repository
END
mkdir -p change/var/lib/dpkg/info
: >change/var/lib/dpkg/info/site-tools.list
echo "from the container" >change/etc/site/marker
: >change/etc/.wh.debian_version
tar -C change --owner=0 --group=0 --mtime=@1700000000 -cf change.tar .
mkdir -p more/opt
echo more >more/opt/more
tar -C more --owner=0 --group=0 --mtime=@1700000000 -cf more.tar .
make_image images:base base.tar change.tar
make_image images:more base.tar change.tar more.tar
start_registry
push images:base site/debian:12
push images:more site/debian:more

# describe DIRECTORY TAG [PACKAGES]: a node on top of the container.
describe() {
    node "$1"
    python3 - "$1/config.xml" "docker://$registry/site/debian:$2" "${@:3}" <<'END'
import re, sys
path, uri, *packages = sys.argv[1:]
text = open(path).read()
text = text.replace('image="warewulf"', 'image="warewulf" derived_from="%s"' % uri)
text = re.sub(r'<packages type="bootstrap">.*?</packages>', '<packages type="bootstrap"/>', text, flags=re.S)
more = "".join('<package name="%s"/>' % name for name in packages)
text = text.replace('<package name="udev"/>', '<package name="udev"/><package name="systemd-sysv"/>' + more)
open(path, "w").write(text)
END
}

# in_root COMMAND...: its output in the built root.
in_root() {
    "$IMGBUILD" --progress none --store "$store" shell derived -- "$@" 2>"$work/stderr" </dev/null
}

case_is "a node is built on top of a container"
describe derived 12 site-tools
build derived --target-dir out
expect_status 0
[ "$(in_root cat /etc/site/marker)" = "from the container" ] || fail "a file of the container is missing"
! in_root test -e /etc/debian_version || fail "what the container's second layer hides is there"
[ "$(in_root stat -c %Y /etc/site/marker)" = 1700000000 ] || fail "the time of a container's file is another one"
in_root dpkg --list >list
for package in site-tools dpkg bash systemd-sysv udev linux-image-cloud-amd64; do
    grep -q "^ii  $package[: ]" list || fail "$package is not installed"
done
! grep -v '^ii' list | grep -q '^[a-zA-Z][a-zA-Z] ' || fail "something is half installed"
in_root cat /var/lib/apt/extended_states >states
grep -q '^Package: libsystemd-shared$' states || fail "what came in by itself is not marked"
! grep -q '^Package: udev$' states || fail "what was asked for is marked as automatic"
in_root cat /etc/os-release | grep -q '^ID=debian$' || fail "no Debian"
python3 - out/resolution.json "$registry" <<'END'
import json, sys
it = json.load(open(sys.argv[1]))
names = {package["name"] for package in it["packages"]}
assert "udev" in names and "dpkg" not in names and "site-tools" not in names, names
assert it["derived_from"]["reference"] == sys.argv[2] + "/site/debian:12", it["derived_from"]
assert it["derived_from"]["digest"].startswith("sha256:"), it["derived_from"]
assert it["derived_from"]["trust"].startswith("not checked: "), it["derived_from"]
assert len(it["derived_from"]["layers"]) == 2, it["derived_from"]
END

case_is "an unchanged container costs one HEAD, and nothing is done again"
requests >/dev/null
build derived --target-dir out
expect_status 0
requests >asked
diff -u - asked <<END
HEAD /v2/site/debian/manifests/12
END
field out/imgbuild.result.json '[stage["name"] for stage in it["stages"] if not stage["cached"]]' >ran
diff -u - ran <<'END'
[]
END

case_is "another image on the same layers shares them"
describe other more
build other --target-dir out-other
expect_status 0
"$IMGBUILD" --store "$store" cache list --json >list.json
python3 - list.json "$registry" <<'END'
import json, sys
layers = [entry["description"] for entry in json.load(open(sys.argv[1])) if entry["kind"] == "layer"]
of = lambda text: [layer for layer in layers if layer.startswith(sys.argv[2] + "/site/debian") and text in layer]
assert len(of("layer 1 of")) == 1 and len(of("layer 2 of")) == 1 and len(of("layer 3 of 3")) == 1, layers
END

case_is "explain asks no registry, and says how old its knowledge is"
requests >/dev/null
run --store "$store" explain derived
expect_status 0
grep -q "^derived from $registry/site/debian:12 (sha256:[0-9a-f]*, 2 layers), .* ago\$" stdout ||
    grep -q "^derived from $registry/site/debian:12 (sha256:[0-9a-f]*, 2 layers), just now\$" stdout ||
    fail "the container is not named: $(cat stdout)"
grep -q '^install .* cached$' stdout || fail "the stage is not cached"
[ -z "$(requests)" ] || fail "the registry was asked"

case_is "without the registry the store is enough"
stop_registry
build derived --target-dir out --tries 1
expect_status 0
grep -q 'from the store$' stderr || fail "nothing is said: $(cat stderr)"

case_is "what is in no index and not in the container is unknown"
start_registry
describe derived 12 site-tolls
build derived --target-dir out-none
expect_status 3
grep -q "error: no repository has a package 'site-tolls' \[E301\]" stderr || fail "another message"

case_is "an image without Debian's packages takes none"
make_image images:none more.tar
push images:none site/debian:none
describe derived none
build derived --target-dir out-none
expect_status 3
expect_stderr <<END
derived/config.xml:13:9: error: derived_from: SERVER/site/debian:none has no packages of Debian: there is no /var/lib/dpkg/status in it
  hint: imgbuild installs packages into images of Debian and its relatives
END

case_is "a container for another architecture is refused"
umoci config --image images:base --tag arm --architecture arm64 >/dev/null 2>&1
push images:arm site/debian:arm
describe derived arm
build derived --target-dir out-none
expect_status 3
expect_stderr <<END
derived/config.xml:13:9: error: derived_from: SERVER/site/debian:arm is an image for arm64, not for amd64
END
