#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Mirrors and proxies that fail, and signatures that do not hold.
. "$(dirname "$0")/common.sh"
. "$here/repository.sh"
need_roots
export no_proxy=127.0.0.1
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

make_key good
make_key other
make_repository site good
make_repository old good "-1 day"
make_repository unsigned none
make_repository foreign other
describe description good.asc base-files first
number=0

# small ARGUMENTS: a build into a store of its own, with what all messages here begin with shortened.
small() {
    number=$((number + 1))
    run --progress none --store "$work/store-$number" build description --target-dir out --tries 2 "$@"
    sed -i -e '/^  | the whole log: /d' -e 's|^description/config.xml:12:3: error: repository .test.: |REPOSITORY: |' \
        -e 's/closed with [0-9]* bytes/closed with N bytes/' -e 's/[0-9a-f]\{64\}/DIGEST/g' stderr
    [ ! -e out ] || fail "there is a result"
}

# answers CODE SITE [FAULT]: a build from this site ends with the code, and standard input as its message.
answers() {
    local code=$1 site=$2
    case_is "$site ${3-}"
    serve "$site" ${3+--fault "$3"}
    small --mirror "test=http://127.0.0.1:$port"
    stop_server
    expect_status "$code"
    expect_stderr
}

case_is "a mirror that is down"
small --mirror test=http://127.0.0.1:1
expect_status 75
expect_stderr <<'END'
REPOSITORY: http://SERVER/dists/stable/InRelease: can't connect to SERVER: Connection refused (tried 2 times)
  hint: if this machine reaches it only through a proxy, set http_proxy and https_proxy or give --proxy; --mirror NAME=URL takes another mirror
END

case_is "a mirror that no repository is on"
small --mirror test=http://127.0.0.1:1 --mirror tset=http://127.0.0.1:2
expect_status 75
expect_line stderr "warning: --mirror tset=…: no repository of this build is on mirror:tset"

answers 75 site '*:status=503' <<'END'
REPOSITORY: http://SERVER/dists/stable/InRelease: 503 Service Unavailable (tried 2 times)
  hint: the server is overloaded or being maintained: try again later; --mirror NAME=URL takes another mirror
END

answers 3 site '*:status=404' <<'END'
REPOSITORY: http://SERVER/dists/stable/: there is neither InRelease nor Release
  hint: check the URL and the distribution of this repository
END

answers 3 site '*:status=403' <<'END'
REPOSITORY: http://SERVER/dists/stable/InRelease: 403 Forbidden
  hint: the server does not let this machine have it
END

answers 75 site '/dists/stable/InRelease:after=100,ending=close' <<'END'
REPOSITORY: http://SERVER/dists/stable/InRelease: the connection broke: transfer closed with N bytes remaining to read (tried 2 times)
END

case_is "a mirror that says nothing"
serve site --fault '/dists/stable/InRelease:after=100,ending=stall'
small --mirror "test=http://127.0.0.1:$port" --timeout 1
stop_server
expect_status 75
expect_stderr <<'END'
REPOSITORY: http://SERVER/dists/stable/InRelease: stalled: less than 100 bytes a second for 1.0 s (tried 2 times)
  hint: if this machine reaches it only through a proxy, set http_proxy and https_proxy or give --proxy; --mirror NAME=URL takes another mirror
END

case_is "a mirror that gives a few bytes at a time"
serve site --fault '/pool/first.deb:after=1000,ending=dribble'
small --mirror "test=http://127.0.0.1:$port" --timeout 1
stop_server
expect_status 75
expect_stderr <<'END'
error: http://SERVER/pool/first.deb: stalled: less than 100 bytes a second for 1.0 s (tried 2 times)
  hint: if this machine reaches it only through a proxy, set http_proxy and https_proxy or give --proxy; --mirror NAME=URL takes another mirror
END

answers 3 site "/dists/stable/main/binary-$(dpkg --print-architecture)/Packages:wrong-bytes" <<END
REPOSITORY: http://SERVER/dists/stable/main/binary-$(dpkg --print-architecture)/Packages: expected sha256 DIGEST, found sha256 DIGEST
  hint: the mirror is damaged or being updated: try again later, or use another
END

answers 75 site '/pool/first.deb:after=1000,ending=close' <<'END'
error: http://SERVER/pool/first.deb: the connection broke: transfer closed with N bytes remaining to read (tried 2 times)
END

answers 3 site '/pool/first.deb:wrong-bytes' <<'END'
error: http://SERVER/pool/first.deb: expected sha256 DIGEST, found sha256 DIGEST
  hint: the mirror is damaged or being updated: try again later, or use another
END

answers 3 unsigned <<'END'
REPOSITORY: http://SERVER/dists/stable/Release: there is no signature for it
  hint: a repository that is not signed can only be used with repository_gpgcheck="false"
END

answers 3 foreign <<END
REPOSITORY: http://SERVER/dists/stable/InRelease: it is signed by key $(key_id other), which is not among the keys of the description
  hint: if the key that signs this repository has changed, get the new one from its owner and name it in <signing key="…"/> of the repository's <source>
END

cp -r site changed
sed -i 's/^Origin: Test$/Origin: Evil/' changed/dists/stable/InRelease
answers 3 changed <<END
REPOSITORY: http://SERVER/dists/stable/InRelease: the signature by key $(key_id good) does not fit the text
  hint: the file was changed after it was signed, or damaged on its way: try again later, or use another mirror; if it stays so, tell the mirror's owner
END

until=$(sed -n 's/^Valid-Until: //p' old/dists/stable/InRelease)
answers 3 old <<END
REPOSITORY: http://SERVER/dists/stable/InRelease: it expired at $(date -u -d "$until" '+%F %T') UTC
  hint: the mirror is out of date: use another one, or accept old packages with --allow-expired
END

case_is "an expired index can be allowed"
serve old
small --mirror "test=http://127.0.0.1:$port" --allow-expired
stop_server
# The packages were taken; that these two are no system is another matter.
expect_status 4
grep -qx 'GET /pool/first.deb' requests || fail "no package was taken"

case_is "a proxy that refuses"
serve site --fault '*:status=403'
small --mirror test=http://mirror.invalid/x --proxy "http://127.0.0.1:$port"
stop_server
expect_status 3
expect_stderr <<'END'
REPOSITORY: http://mirror.invalid/x/dists/stable/InRelease: 403 Forbidden, from the proxy SERVER
  hint: the proxy must allow mirror.invalid, unless it passed on the server's own answer; hosts to reach without it go into no_proxy
END
grep -qx 'GET http://mirror.invalid/x/dists/stable/InRelease' requests || fail "the proxy was not asked"

case_is "a proxy that is down"
small --mirror test=http://mirror.invalid/x --proxy http://127.0.0.1:1
expect_status 75
expect_stderr <<'END'
REPOSITORY: http://mirror.invalid/x/dists/stable/InRelease: can't connect to the proxy SERVER: Connection refused (tried 2 times)
  hint: check http_proxy, https_proxy and --proxy
END
