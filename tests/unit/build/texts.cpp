// SPDX-License-Identifier: Apache-2.0
#include "build/boot_units.hpp"
#include "build/image_writer.hpp"
#include "build/script_environment.hpp"
#include "build/stages/files_stage.hpp"
#include "build/stages/repositories_stage.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace std::string_literals;

namespace {

/// A security.capability attribute of revision 2.
std::string capability(bool effective, std::uint64_t permitted, std::uint64_t inheritable) {
    std::string bytes;
    const auto add = [&bytes](std::uint32_t word) {
        for (int shift = 0; shift < 32; shift += 8) {
            bytes += static_cast<char>(word >> shift & 0xffU);
        }
    };
    add(0x02000000U | (effective ? 1U : 0U));
    for (const int half : {0, 32}) {
        add(static_cast<std::uint32_t>(permitted >> half));
        add(static_cast<std::uint32_t>(inheritable >> half));
    }
    return bytes;
}

constexpr std::uint64_t net_bind_service = 1U << 10U;
constexpr std::uint64_t net_raw = 1U << 13U;
constexpr std::uint64_t bpf = std::uint64_t{1} << 39U;

std::string target(const std::string& name, const std::string& place) {
    description::FileItem file;
    file.name = name;
    file.target = place;
    return build::target_of(file);
}

} // namespace

TEST_SUITE("texts") {
    TEST_CASE("capabilities as setcap reads them") {
        using build::capability_text;
        CHECK(capability_text(capability(true, net_raw, 0)) == "cap_net_raw=ep");
        CHECK(capability_text(capability(false, net_raw, 0)) == "cap_net_raw=p");
        CHECK(capability_text(capability(true, net_raw, net_raw)) == "cap_net_raw=eip");
        CHECK(capability_text(capability(false, 0, net_raw)) == "cap_net_raw=i");
        CHECK(
            capability_text(capability(true, net_raw | net_bind_service | bpf, 0)) ==
            "cap_net_bind_service,cap_net_raw,cap_bpf=ep");
        // Several clauses would need a blank.
        CHECK(capability_text(capability(false, net_raw, bpf)).empty());
        CHECK(capability_text(capability(true, 0, 0)).empty());
        // Revision 3 adds the root user of a name space; revision 1 has half the sets.
        std::string third = capability(true, net_raw, 0) + "\0\0\0\0"s;
        third[3] = 3;
        CHECK(capability_text(third) == "cap_net_raw=ep");
        std::string first = capability(true, net_raw, 0).substr(0, 12);
        CHECK(capability_text(first).empty());
        first[3] = 1;
        CHECK(capability_text(first) == "cap_net_raw=ep");
        std::string unknown = capability(true, net_raw, 0);
        unknown[3] = 9;
        CHECK(capability_text(unknown).empty());
        CHECK(capability_text("").empty());
        CHECK(capability_text("\1\0\0"s).empty());
    }

    TEST_CASE("where files land") {
        CHECK(target("motd", "") == "/motd");
        CHECK(target("files/motd", "") == "/motd");
        CHECK(target("files/motd", "/etc/motd.new") == "/etc/motd.new");
        CHECK(target("files/motd", "etc/") == "/etc/motd");
        CHECK(target("files/motd", "/") == "/motd");
    }

    TEST_CASE("kiwi's list of packages") {
        package::InstalledPackage bash;
        bash.name = "bash";
        bash.version = "5.2.15";
        bash.release = "2+b7";
        bash.architecture = "amd64";
        package::InstalledPackage all = bash;
        all.name = "vim";
        all.epoch = "2";
        all.source = "vim-src";
        all.license = "GPL";
        CHECK(
            build::packages_text({bash, all}) == "bash|(none)|5.2.15|2+b7|amd64|(none)|(none)\n"
                                                 "vim|2|5.2.15|2+b7|amd64|vim-src|GPL\n");
        all.release.clear();
        CHECK(build::packages_text({all}) == "vim|2|5.2.15|(none)|amd64|vim-src|GPL\n");
        CHECK(build::packages_text({}).empty());
    }

    TEST_CASE("the image's own sources") {
        package::PackageSource source;
        source.url = "http://site.example/debian";
        source.distribution = "bookworm";
        source.components = {"main", "contrib"};
        CHECK(
            build::deb822_source(source, "/usr/share/keyrings/a.gpg") ==
            "Types: deb\nURIs: http://site.example/debian\nSuites: bookworm\n"
            "Components: main contrib\nSigned-By: /usr/share/keyrings/a.gpg\n");
        source.public_url = "http://public.example/debian";
        source.distribution.clear();
        source.components.clear();
        CHECK(
            build::deb822_source(source, "") ==
            "Types: deb\nURIs: http://public.example/debian\nSuites: ./\n");
        source.check_signature = false;
        CHECK(
            build::deb822_source(source, "") ==
            "Types: deb\nURIs: http://public.example/debian\nSuites: ./\nTrusted: yes\n");
        source.credentials = net::Credentials{"me", "geheim"};
        CHECK(build::deb822_source(source, "").find("geheim") == std::string::npos);
    }

    TEST_CASE("priorities of the image's own sources") {
        package::PackageSource a;
        a.url = "http://mirror.example:8080/debian";
        CHECK(build::preferences_of(a).empty());
        a.priority = 900;
        CHECK(
            build::preferences_of(a) ==
            "Package: *\nPin: origin \"mirror.example\"\nPin-Priority: 900\n");
        package::PackageSource local = a;
        local.url = "file:///srv/packages";
        CHECK(build::preferences_of(local) == "Package: *\nPin: origin \"\"\nPin-Priority: 900\n");
        package::PackageSource b = a;
        CHECK(build::can_be_pinned(a, {a, b, local}));
        b.priority.reset();
        CHECK_FALSE(build::can_be_pinned(a, {a, b}));
    }

    TEST_CASE("/.profile is quoted for a shell") {
        description::Request request;
        request.name = "node";
        request.version = "1.0.0";
        request.display_name = "it's $(reboot) `x` \"y\" \\";
        request.architecture = "x86_64";
        request.type = "warewulf";
        request.profiles = {"a", "b"};
        request.delete_packages = {{"p", {}}, {"q", {}}};
        CHECK(
            build::profile_text(build::kiwi_variables(request)) ==
            "kiwi_arch='x86_64'\n"
            "kiwi_cmdline=''\n"
            "kiwi_delete='p q'\n"
            "kiwi_displayname='it'\\''s $(reboot) `x` \"y\" \\'\n"
            "kiwi_drivers=''\n"
            "kiwi_iname='node'\n"
            "kiwi_iversion='1.0.0'\n"
            "kiwi_keytable=''\n"
            "kiwi_language=''\n"
            "kiwi_profiles='a,b'\n"
            "kiwi_timezone=''\n"
            "kiwi_type='warewulf'\n");
        request.display_name.clear();
        CHECK(build::kiwi_variables(request).at("kiwi_displayname") == "node");
    }

    TEST_CASE("commands get a fixed environment and nothing of the caller's") {
        const auto environment = build::command_environment();
        CHECK(environment.at("HOME") == "/root");
        CHECK(environment.at("LC_ALL") == "C.UTF-8");
        CHECK(environment.count("SOURCE_DATE_EPOCH") == 0);
        CHECK(environment.count("IMGBUILD_TEST_DATA") == 0);
    }
}
