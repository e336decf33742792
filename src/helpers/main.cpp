// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * A program for the inside of images while packages are being configured: it stands before the image's
 * own helpers in PATH, does what they would do, and leaves to them what it does not fully understand. It
 * has no libraries, so that it runs in every root; its name tells what it is called for.
 */
#include "helpers/deb_systemd_helper.hpp"
#include "helpers/dpkg_maintscript_helper.hpp"
#include "helpers/files.hpp"
#include "helpers/ischroot.hpp"
#include "helpers/known_helpers.hpp"
#include "helpers/leave_to_original.hpp"
#include "helpers/run.hpp"
#include "helpers/ssh_keygen.hpp"
#include "helpers/update_ca_certificates.hpp"
#include "helpers/update_rc_d.hpp"

#include <sys/auxv.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace imgbuild::helpers;

struct Behaviour {
    std::string_view name;
    int (*run)(const std::vector<std::string>& arguments);
};

constexpr std::array<Behaviour, 6> behaviours = {{
    {"deb-systemd-helper", deb_systemd_helper},
    {"dpkg-maintscript-helper", dpkg_maintscript_helper},
    {"ischroot", ischroot},
    {"ssh-keygen", ssh_keygen},
    {"update-ca-certificates", update_ca_certificates},
    {"update-rc.d", update_rc_d},
}};

/// The path by which this program was started; what scripts say it is called may be anything.
std::string_view own_name() {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel gives the address as a number.
    const char* const path = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
    return path == nullptr ? std::string_view() : base_name(path);
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view name = own_name();
    for (const Behaviour& behaviour : behaviours) {
        if (behaviour.name != name) {
            continue;
        }
        try {
            return behaviour.run({argv + 1, argv + argc});
        } catch (const LeaveToOriginal&) {
            // Below.
        } catch (const std::exception&) {
            // A full disk, say: let the original find and report it.
        }
    }
    for (const KnownHelper& helper : known_helpers) {
        if (helper.name == name) {
            return become("/" + std::string(helper.path), argv);
        }
    }
    return 127;
}
