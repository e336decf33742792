// SPDX-License-Identifier: Apache-2.0
#include "build/restored_xattrs.hpp"

#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace imgbuild;
using Paths = std::set<std::string, std::less<>>;

TEST_SUITE("build") {
    TEST_CASE("attributes that come back when a node boots") {
        const test::TemporaryDirectory directory;
        const root::Root root = root::Root::open(directory.path());
        CHECK(build::restored_xattrs(root).empty());

        root.make_directories("usr/lib/imgbuild", {.mode = 0755});
        root.make_directories("usr/lib/tmpfiles.d", {.mode = 0755});
        root.make_directories("etc/tmpfiles.d", {.mode = 0755});
        root.write(
            "usr/lib/imgbuild/file-capabilities", "cap_net_raw=ep /usr/bin/ping\n", {.mode = 0644});
        root.write(
            "usr/lib/tmpfiles.d/systemd.conf",
            "# a+ /comment - - - - d:group::r-x\n"
            "d /run/x 0755 root root -\n"
            "a+ /var/log/journal - - - - d:group::r-x,d:group:adm:r-x\n"
            "a+ /var/log/journal/%m - - - - d:group:adm:r-x\n"
            "A /srv/all - - - - group:adm:r-x\n"
            "a relative - - - - group:adm:r-x\n",
            {.mode = 0644});
        root.write("usr/lib/tmpfiles.d/README", "a /no-rules - - - - x\n", {.mode = 0644});
        root.write("usr/lib/tmpfiles.d/hidden.conf", "a /hidden - - - - x\n", {.mode = 0644});
        root.write("usr/lib/tmpfiles.d/masked.conf", "a /masked - - - - x\n", {.mode = 0644});
        root.write("etc/tmpfiles.d/hidden.conf", "a /shown - - - - x\n", {.mode = 0644});
        root.make_symlink("etc/tmpfiles.d/masked.conf", "/dev/null");
        CHECK(
            build::restored_xattrs(root) ==
            Paths{"shown", "srv/all", "usr/bin/ping", "var/log/journal", "var/log/journal/%m"});
    }
}
