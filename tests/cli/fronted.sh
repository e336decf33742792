#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Debian's registry behind nginx, as sites have it: TLS with an authority of their own and client certificates,
# HTTP/2, a login, layers that lie on another server, faults, a proxy.
. "$(dirname "$0")/common.sh"
. "$here/registry.sh"
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
need_roots
need_registry
command -v nginx >/dev/null || skip "nginx is missing"

# user, with the password "secret"
echo 'user:$2y$05$UyTFEeoGsl8Wj06HVXEMZOnuzSm4/z6KTdkKotP/8sTohn.k./5uq' >htpasswd
login=$(printf user:secret | base64)
python3 "$IMGBUILD_SOURCES/tests/support/make_image.py" image
launch_registry
push image:1 group/demo:1
stop_registry
launch_registry REGISTRY_AUTH=htpasswd REGISTRY_AUTH_HTPASSWD_REALM=test \
    "REGISTRY_AUTH_HTPASSWD_PATH=$work/htpasswd"
behind=$registry

# certificate NAME EXTENSION: signed by the site's own authority.
certificate() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" 2>/dev/null
    openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out "$1.crt" \
        -extfile <(echo "$2") 2>/dev/null
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 2 \
    -subj "/CN=the site's authority" 2>/dev/null
certificate server "subjectAltName=IP:127.0.0.1"
certificate client "extendedKeyUsage=clientAuth"

# start_nginx: on three free ports: the front, where it keeps layers, and a proxy.
start_nginx() {
    local try first
    mkdir -p nginx
    for try in 1 2 3 4 5; do
        first=$((20000 + RANDOM % 20000))
        front=127.0.0.1:$first
        layers=127.0.0.1:$((first + 1))
        proxy=127.0.0.1:$((first + 2))
        cat >nginx/nginx.conf <<END
daemon off;
worker_processes 1;
pid $work/nginx/pid;
error_log $work/nginx/errors;
events {}
http {
    log_format seen '\$server_port \$server_protocol \$request_method \$host\$uri \$status';
    access_log $work/nginx/seen seen;
    client_body_temp_path $work/nginx/body;
    proxy_temp_path $work/nginx/proxy;
    fastcgi_temp_path $work/nginx/fastcgi;
    uwsgi_temp_path $work/nginx/uwsgi;
    scgi_temp_path $work/nginx/scgi;
    ssl_certificate $work/server.crt;
    ssl_certificate_key $work/server.key;
    server {
        listen $front ssl http2;
        ssl_client_certificate $work/ca.crt;
        ssl_verify_client on;
        location / { proxy_pass http://$behind; proxy_set_header Host \$http_host; }
        location ~ ^/v2/.*/blobs/ { return 307 https://$layers\$uri; }
        location /v2/busy/ {
            default_type application/json;
            add_header Retry-After 0 always;
            return 503 '{"errors":[{"code":"UNAVAILABLE","message":"moving to another room"}]}';
        }
    }
    server {
        listen $layers ssl http2;
        location / {
            if (\$http_authorization) { return 400; }
            proxy_pass http://$behind;
            proxy_set_header Authorization "Basic $login";
        }
    }
    server {
        listen $proxy;
        location / { proxy_pass http://$behind; proxy_set_header Host \$http_host; }
    }
}
END
        nginx -p "$work/nginx" -c "$work/nginx/nginx.conf" 2>nginx/start &
        servers+=($!)
        if listens "$proxy"; then
            return
        fi
    done
    fail "nginx does not start: $(cat nginx/start nginx/errors)"
}
start_nginx
export REGISTRY_AUTH_FILE=$work/auth.json
printf '{"auths":{"%s":{"auth":"%s"},"registry.invalid":{"auth":"%s"}}}' "$front" "$login" "$login" >auth.json
certs=$HOME/.config/containers/certs.d/$front
mkdir -p "$certs"

# ports PATTERN: who was asked for it, and by which protocol.
ports() {
    grep -a "$1" nginx/seen | cut -d' ' -f1-2 | sort -u | sed -e "s/^${front#*:} /front /" -e "s/^${layers#*:} /layers /" \
        -e "s/^${proxy#*:} /proxy /"
}

case_is "whose authority nobody knows"
run --store "$store" oci inspect "docker://$front/group/demo:1"
expect_status 3
expect_stderr <<'END'
error: SERVER/group/demo:1: https://SERVER/v2/group/demo/manifests/1: SSL certificate problem: unable to get local issuer certificate
  hint: if the site has a certificate authority of its own, give its PEM file with --ca-file
END

case_is "who shows no certificate"
cp ca.crt "$certs/"
run --store "$store" oci inspect "docker://$front/group/demo:1"
expect_status 3
grep -q "400 Bad Request" stderr || fail "$(cat stderr)"

case_is "layers come from another server, by HTTP/2 and without the login"
cp client.crt "$certs/client.cert"
cp client.key "$certs/client.key"
: >nginx/seen
run --store "$work/fresh" oci unpack "docker://$front/group/demo:1" tree
expect_status 0
run --store "$work/local" oci unpack oci:image:1 same
diff -r tree same || fail "it is another tree"
ports /manifests/ | diff -u - <(echo "front HTTP/2.0")
ports /blobs/ | diff -u - <(printf '%s\n' "front HTTP/2.0" "layers HTTP/2.0")
! grep -a "/blobs/.* 400$" nginx/seen || fail "the other server was shown the login"

case_is "a registry that is not there for a while is said, in its own words"
run --store "$work/fresh" oci inspect "docker://$front/busy/demo:1"
expect_status 75
grep -q "503 Service Unavailable: moving to another room (UNAVAILABLE)" stderr || fail "$(cat stderr)"
[ "$(grep -a -c '/v2/busy/demo/manifests/1 503$' nginx/seen)" = 5 ] || fail "it was not asked five times"

case_is "a registry that is reached by a proxy only"
export CONTAINERS_REGISTRIES_CONF=$work/registries.conf
printf '[[registry]]\nlocation = "registry.invalid"\ninsecure = true\n' >registries.conf
run --store "$work/by-proxy" oci unpack --proxy "http://$proxy" docker://registry.invalid/group/demo:1 proxied
expect_status 0
diff -r proxied same || fail "it is another tree"
ports registry.invalid/v2/group/demo/blobs/ | diff -u - <(echo "proxy HTTP/1.1")
