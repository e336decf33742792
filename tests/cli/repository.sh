# SPDX-License-Identifier: Apache-2.0
# A small signed Debian archive for tests that end before anything is installed.
#
# make_key NAME: $work/NAME.asc, and a home for gpg that signs with it.
make_key() {
    local home=$work/gnupg-$1
    mkdir -m 700 "$home"
    gpg --homedir "$home" --batch --quiet --passphrase '' --quick-generate-key "$1" ed25519 sign never 2>/dev/null
    gpg --homedir "$home" --batch --armor --export >"$work/$1.asc"
    gpgconf --homedir "$home" --kill gpg-agent
}

# The id by which messages name a key.
key_id() {
    gpg --homedir "$work/gnupg-$1" --batch --quiet --no-auto-check-trustdb --with-colons --list-keys | awk -F: '/^pub/ { print $5 }'
}

# make_repository DIRECTORY KEY [VALID_UNTIL]: packages base-files and first; KEY "none" leaves it unsigned.
make_repository() {
    local directory=$1 key=$2 until=${3:-"1 day"}
    local name package index=$directory/dists/stable/main/binary-$(dpkg --print-architecture)/Packages
    mkdir -p "$directory/pool" "$(dirname "$index")"
    : >"$index"
    for name in base-files first; do
        package=$work/package-$name
        mkdir -p "$package/DEBIAN" "$package/usr/share/doc/$name"
        printf 'Package: %s\nVersion: 1.0\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: %s\n' \
            "$name" "$name" >"$package/DEBIAN/control"
        head -c 200000 /dev/urandom >"$package/usr/share/doc/$name/data"
        dpkg-deb --root-owner-group --build "$package" "$directory/pool/$name.deb" >/dev/null
        {
            cat "$package/DEBIAN/control"
            printf 'Filename: pool/%s.deb\nSize: %s\nSHA256: %s\n\n' "$name" \
                "$(stat -c %s "$directory/pool/$name.deb")" \
                "$(sha256sum "$directory/pool/$name.deb" | cut -d' ' -f1)"
        } >>"$index"
    done
    local release=$directory/dists/stable/Release
    {
        printf 'Origin: Test\nSuite: stable\nCodename: stable\nComponents: main\nArchitectures: %s\n' \
            "$(dpkg --print-architecture)"
        printf 'Date: %s\nValid-Until: %s\nSHA256:\n' "$(date -Ru -d '-2 days')" "$(date -Ru -d "$until")"
        printf ' %s %s %s\n' "$(sha256sum "$index" | cut -d' ' -f1)" "$(stat -c %s "$index")" \
            "${index#"$directory/dists/stable/"}"
    } >"$release"
    rm -f "$directory/dists/stable/InRelease"
    if [ "$key" != none ]; then
        gpg --homedir "$work/gnupg-$key" --batch --quiet --clearsign --digest-algo SHA256 \
            --output "$directory/dists/stable/InRelease" "$release"
        gpgconf --homedir "$work/gnupg-$key" --kill gpg-agent
        rm "$release"
    fi
}

# describe DIRECTORY KEY_FILE PACKAGES…: a description of packages of `mirror:test`.
describe() {
    local directory=$1 key=$2 name
    shift 2
    mkdir -p "$directory"
    cp "$key" "$directory/key.asc"
    {
        cat <<'END'
<image schemaversion="8.5" name="small">
  <description type="system">
    <author>a</author>
    <contact>a@example.org</contact>
    <specification>s</specification>
  </description>
  <preferences>
    <version>1.0.0</version>
    <packagemanager>apt</packagemanager>
    <type image="warewulf"/>
  </preferences>
  <repository type="apt-deb" alias="test" distribution="stable" components="main">
    <source path="mirror:test"><signing key="file:key.asc"/></source>
  </repository>
  <packages type="bootstrap">
END
        for name in "$@"; do printf '    <package name="%s"/>\n' "$name"; done
        printf '  </packages>\n</image>\n'
    } >"$directory/config.xml"
}
