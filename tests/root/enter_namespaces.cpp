// SPDX-License-Identifier: Apache-2.0
// Enters the private namespaces and says how that went; namespaces.sh compares.
#include "base/error.hpp"
#include "base/file.hpp"
#include "root/namespaces.hpp"

#include <unistd.h>

#include <iostream>

int main() {
    try {
        imgbuild::root::enter_private_namespaces();
    } catch (const imgbuild::base::Error& error) {
        std::cout << "error: " << error.what() << "\nhint: " << error.hint() << "\n";
        return 1;
    }
    std::cout << "mapping: " << imgbuild::root::id_mapping_name() << "\nuid: " << ::getuid() << " "
              << ::geteuid() << " gid: " << ::getgid() << " " << ::getegid() << "\n"
              << imgbuild::base::read_file("/proc/self/uid_map")
              << imgbuild::base::read_file("/proc/self/gid_map");
    return 0;
}
