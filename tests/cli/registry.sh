# SPDX-License-Identifier: Apache-2.0
# Read after common.sh by tests that need a registry with real images in it. Tools of others make the images
# and push them; imgbuild itself needs none of them.

need_registry() {
    local tool
    for tool in docker-registry umoci skopeo; do
        command -v "$tool" >/dev/null || skip "$tool is missing"
    done
}

# listens HOST:PORT: waits until the server that was started last does so; fails if it has ended.
listens() {
    until (exec 3<>"/dev/tcp/${1%:*}/${1#*:}") 2>/dev/null; do
        kill -0 "${servers[-1]}" 2>/dev/null || return 1
        sleep 0.05
    done
}

# launch_registry [NAME=VALUE…]: Debian's registry on loopback with what is in $work/registry, and with these
# settings; $registry is its name.
launch_registry() {
    local try
    mkdir -p "$work/registry"
    for try in 1 2 3 4 5; do
        registry=127.0.0.1:$((20000 + RANDOM % 20000))
        cat >"$work/registry.yml" <<END
version: 0.1
log: {level: warn, accesslog: {disabled: false}}
storage: {filesystem: {rootdirectory: $work/registry}, delete: {enabled: true}}
http: {addr: "$registry"}
END
        env "$@" docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
        servers+=($!)
        if listens "$registry"; then
            return
        fi
    done
    fail "docker-registry does not start"
}

# start_registry: the same, and the one that short names are looked for in.
start_registry() {
    launch_registry
    use_registry "$registry"
}

# use_registry NAME [MORE LINES]: registries are asked by http, and short names are looked for there.
use_registry() {
    export CONTAINERS_REGISTRIES_CONF=$work/registries.conf
    {
        printf 'unqualified-search-registries = ["%s"]\n' "$1"
        printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$1"
    } >"$CONTAINERS_REGISTRIES_CONF"
}

stop_registry() {
    kill "${servers[-1]}"
    wait "${servers[-1]}" || true
    unset 'servers[-1]'
}

# requests: what the registry was asked since the last call, as "METHOD PATH" lines.
requests() {
    grep -o '"\(GET\|HEAD\|POST\|PUT\|PATCH\) [^ ]*' "$work/registry.log" | tr -d '"' | tail -n "+$((seen + 1))"
    seen=$(grep -c '"\(GET\|HEAD\|POST\|PUT\|PATCH\) ' "$work/registry.log" || true)
}
seen=0

# make_image LAYOUT:TAG TAR...: an image of these layers in an OCI layout.
make_image() {
    local image=$1 tar
    shift
    [ -d "${image%:*}" ] || umoci init --layout "${image%:*}" >/dev/null 2>&1
    umoci new --image "$image" >/dev/null 2>&1
    for tar in "$@"; do
        umoci raw add-layer --image "$image" "$tar" >/dev/null 2>&1
    done
}

# push LAYOUT:TAG REPOSITORY:TAG
push() {
    skopeo --insecure-policy copy --quiet --dest-tls-verify=false "oci:$1" "docker://$registry/$2"
}
