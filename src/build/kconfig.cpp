// SPDX-License-Identifier: Apache-2.0
#include "build/script_environment.hpp"

namespace imgbuild::build {

std::string_view kconfig_text() {
    return R"sh(# Helper functions for config.sh and images.sh, made available by imgbuild as /.kconfig.
# Written for bash; functions return a status and print what they can't do.

# Echo TEXT...: a line of output.
Echo() {
    printf '%s\n' "$*"
}

# Debug TEXT...: a line for the log.
Debug() {
    printf 'debug: %s\n' "$*" >&2
}

# Rm [-OPTION...] PATH...: removes trees and says so. Options of rm are taken, -r and -f hold anyway.
Rm() {
    local path options=(-r -f)
    while [[ ${1-} == -?* ]]; do
        [ "$1" != -- ] || { shift; break; }
        options+=("$1")
        shift
    done
    for path in "$@"; do
        Echo "removing $path"
        rm "${options[@]}" -- "$path"
    done
}

# baseUpdateSysConfig FILE VARIABLE VALUE: sets a variable that the file already has.
baseUpdateSysConfig() {
    local file=$1 variable=$2 value=$3 line text=
    if [ ! -f "$file" ]; then
        Echo "baseUpdateSysConfig: no such file: $file" >&2
        return 1
    fi
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        "$variable="*) line="$variable=\"$value\"" ;;
        esac
        text+=$line$'\n'
    done <"$file"
    # Written in place: owner and mode stay.
    printf '%s' "$text" >"$file"
}

# baseSetRunlevel LEVEL: 1 or a name of a systemd target, 3 multi-user, 5 graphical.
baseSetRunlevel() {
    local target
    case $1 in
    1) target=rescue.target ;;
    2 | 3 | 4) target=multi-user.target ;;
    5) target=graphical.target ;;
    *.target) target=$1 ;;
    *)
        Echo "baseSetRunlevel: no such runlevel: $1" >&2
        return 1
        ;;
    esac
    mkdir -p /etc/systemd/system
    ln -sfn "/lib/systemd/system/$target" /etc/systemd/system/default.target
}

# baseService NAME on|off: enables or disables a service.
baseService() {
    case $2 in
    on) systemctl --quiet enable "$1" ;;
    off) systemctl --quiet disable "$1" ;;
    *)
        Echo "baseService: expected \"on\" or \"off\" behind $1, not \"$2\"" >&2
        return 1
        ;;
    esac
}

baseInsertService() {
    baseService "$1" on
}

baseRemoveService() {
    baseService "$1" off
}

suseInsertService() {
    baseService "$1" on
}

suseRemoveService() {
    baseService "$1" off
}

# baseCleanMount: nothing to do, imgbuild's mounts are private to each script.
baseCleanMount() {
    return 0
}

# baseStripLocales NAME...: removes the translations and locales of all other languages.
baseStripLocales() {
    local directory name wanted keep
    for directory in /usr/share/locale/* /usr/lib/locale/*; do
        [ -d "$directory" ] || continue
        name=${directory##*/}
        keep=no
        case $name in
        C | C.* | POSIX | locale-archive) keep=yes ;;
        esac
        for wanted in "$@"; do
            # "en_US.UTF-8" of a description is "en_US.utf8" and "en" there.
            wanted=${wanted%%.*}
            case $name in
            "$wanted" | "$wanted".* | "${wanted%%_*}") keep=yes ;;
            esac
        done
        [ "$keep" = yes ] || rm -rf -- "$directory"
    done
}

# A name that looks like one of these functions and is none deserves more than "command not found".
command_not_found_handle() {
    case $1 in
    base[A-Z]* | suse[A-Z]*)
        Echo "${BASH_SOURCE[1]-}: line ${BASH_LINENO[0]-0}: there is no helper function $1; there are" \
            "baseUpdateSysConfig," \
            "baseSetRunlevel, baseService, baseInsertService, baseRemoveService, suseInsertService," \
            "suseRemoveService, baseCleanMount, baseStripLocales, Echo, Rm, Debug" >&2
        ;;
    *)
        Echo "$0: $1: command not found" >&2
        ;;
    esac
    return 127
}
)sh";
}

} // namespace imgbuild::build
