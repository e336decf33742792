// SPDX-License-Identifier: Apache-2.0
#include "check/bootability.hpp"

#include "base/text.hpp"
#include "check/resolve.hpp"

#include <fmt/format.h>

#include <array>

namespace imgbuild::check {

namespace {

using base::Severity;

class BootabilityCheck {
public:
    explicit BootabilityCheck(const BootabilityInput& input)
        : input_(input) {}

    std::vector<Finding> run() {
        check_kernel();
        check_init();
        check_programs();
        check_services();
        check_layout();
        check_site_secrets();
        check_attributes();
        return std::move(findings_);
    }

private:
    void add(Severity severity, std::string code, std::string message, std::string hint) {
        findings_.push_back({severity, std::move(code), std::move(message), std::move(hint)});
    }

    const tree::Entry* at(std::string_view path) const { return resolve(input_.inventory, path); }

    bool has_any(std::initializer_list<std::string_view> paths) const {
        for (const std::string_view path : paths) {
            if (at(path) != nullptr) {
                return true;
            }
        }
        return false;
    }

    bool has_program(std::string_view name) const {
        for (const char* const directory : {"usr/sbin/", "usr/bin/", "sbin/", "bin/"}) {
            const tree::Entry* entry = at(std::string(directory) + std::string(name));
            if (entry != nullptr && (entry->mode & 0111U) != 0) {
                return true;
            }
        }
        return false;
    }

    void check_kernel() {
        const auto kernel = find_kernel(input_.inventory);
        if (!kernel) {
            add(Severity::error,
                "no-kernel",
                "the image has no kernel that Warewulf would find",
                "add <package name=\"linux-image-amd64\"/> (or linux-image-cloud-amd64 for virtual "
                "machines)");
            return;
        }
        if (kernel->modules_version.empty()) {
            add(Severity::error,
                "no-modules",
                fmt::format("there is no /lib/modules directory for the kernel {}", kernel->path),
                "install the kernel's modules, or remove the kernel that lacks them");
            return;
        }
        const tree::Entry* modules = at("lib/modules/" + kernel->modules_version);
        if (modules != nullptr && input_.is_excluded && input_.is_excluded(modules->path)) {
            add(Severity::error,
                "modules-excluded",
                fmt::format(
                    "/etc/warewulf/excludes leaves out the modules of the kernel {}",
                    kernel->version),
                "remove the pattern that matches /lib/modules");
        }
    }

    void check_init() {
        const tree::Entry* init = at("sbin/init");
        if (init == nullptr || (init->mode & 0111U) == 0) {
            add(Severity::error,
                "no-init",
                "/sbin/init is missing or not executable: the kernel would panic",
                "add <package name=\"systemd-sysv\"/>");
        }
        if (at("bin/sh") == nullptr) {
            add(Severity::error,
                "no-shell",
                "/bin/sh is missing: Warewulf's /init can't run",
                "add <package name=\"dash\"/>");
        } else if (at("usr/bin/sh") == nullptr) {
            add(Severity::warning,
                "no-usr-shell",
                "/usr/bin/sh is missing: some versions of Warewulf have boot scripts that begin "
                "with it",
                "make it in config.sh: ln -s ../../bin/sh /usr/bin/sh");
        }
        if (input_.inventory.find("etc/initrd-release") != nullptr) {
            add(Severity::error,
                "initrd-release",
                "/etc/initrd-release exists: systemd would take the node for an initrd",
                "remove the file in config.sh");
        }
    }

    void check_programs() {
        constexpr std::array needed = {"mountpoint", "mount", "ip", "sed", "chmod", "ls"};
        constexpr std::array for_tmpfs = {"tar", "switch_root"};
        constexpr std::array for_agent = {"cpio", "gzip"};
        const auto missing = [&](const auto& names) {
            std::vector<std::string> absent;
            for (const char* const name : names) {
                if (!has_program(name)) {
                    absent.emplace_back(name);
                }
            }
            return base::join(absent, ", ");
        };
        if (const std::string names = missing(needed); !names.empty()) {
            add(Severity::warning,
                "missing-programs",
                fmt::format("Warewulf's boot scripts need {}", names),
                "add the packages util-linux, mount, iproute2, sed and coreutils");
        }
        if (const std::string names = missing(for_tmpfs); !names.empty()) {
            add(Severity::warning,
                "missing-tmpfs-programs",
                fmt::format("booting with a tmpfs root needs {}", names),
                "add the packages tar and util-linux");
        }
        if (const std::string names = missing(for_agent); !names.empty()) {
            add(Severity::warning,
                "missing-agent-programs",
                fmt::format("Warewulf's node agent needs {} for runtime overlays", names),
                "add the packages cpio and gzip");
        }
    }

    void check_services() {
        if (!has_any(
                {"lib/systemd/systemd-udevd", "usr/lib/systemd/systemd-udevd", "sbin/udevd"})) {
            add(Severity::warning,
                "no-udev",
                "there is no udev: no drivers are loaded",
                "add <package name=\"udev\"/>");
        }
        if (!has_program("modprobe")) {
            add(Severity::warning,
                "no-kmod",
                "there is no modprobe",
                "add <package name=\"kmod\"/>");
        }
        if (!has_any({"usr/bin/dbus-daemon", "usr/bin/dbus-broker"})) {
            add(Severity::warning,
                "no-dbus",
                "there is no D-Bus: logind and systemctl work only in part",
                "add <package name=\"dbus\"/>");
        }
        if (!has_any(
                {"usr/sbin/NetworkManager",
                 "lib/systemd/systemd-networkd",
                 "sbin/ifup",
                 "usr/sbin/wicked"})) {
            add(Severity::warning,
                "no-network",
                "nothing sets up the network",
                "add <package name=\"ifupdown\"/>, or use systemd-networkd");
        }
        if (!has_program("sshd")) {
            add(Severity::warning,
                "no-sshd",
                "there is no SSH server",
                "add <package name=\"openssh-server\"/>");
        }
        for (const char* const unit : {"getty@.service", "systemd-logind.service"}) {
            const tree::Entry* entry =
                input_.inventory.find(std::string("etc/systemd/system/") + unit);
            if (entry != nullptr && entry->link_target == "/dev/null") {
                add(Severity::warning,
                    "masked-unit",
                    fmt::format("{} is masked: nobody can log in", unit),
                    fmt::format("run \"systemctl unmask {}\" in config.sh", unit));
            }
        }
    }

    void check_layout() {
        for (const char* const name : {"bin", "sbin", "lib", "lib64"}) {
            const tree::Entry* entry = input_.inventory.find(name);
            if (entry != nullptr && entry->type == tree::EntryType::symlink &&
                !entry->link_target.empty() && entry->link_target.front() == '/') {
                add(Severity::warning,
                    "absolute-usr-merge",
                    fmt::format(
                        "/{} is an absolute link ({}): tools that look from outside would leave "
                        "the image",
                        name,
                        entry->link_target),
                    fmt::format("make it relative: ln -sfn usr/{0} /{0}", name));
            }
        }
        const tree::Entry* machine_id = input_.inventory.find("etc/machine-id");
        if (machine_id != nullptr && machine_id->size > 0) {
            add(Severity::warning,
                "machine-id",
                "/etc/machine-id is not empty: all nodes would share it",
                "leave the file empty");
        }
        for (const tree::Entry& entry : input_.inventory.entries()) {
            const bool left_out = input_.is_excluded && input_.is_excluded(entry.path);
            if (!left_out && entry.size >= (std::uint64_t{1} << 32U)) {
                add(Severity::error,
                    "file-too-large",
                    fmt::format(
                        "/{} has {}: a cpio archive holds files below 4 GiB",
                        base::printable(entry.path),
                        base::format_bytes(entry.size)),
                    "leave it out by /etc/warewulf/excludes and serve it another way");
            }
            if (!left_out && entry.path.find('\n') != std::string::npos) {
                add(Severity::error,
                    "newline-in-name",
                    fmt::format("the name /{} has a line end in it", base::printable(entry.path)),
                    "rename or remove it in config.sh");
            }
        }
    }

    void check_site_secrets() {
        if (has_program("munged") && at("etc/munge/munge.key") == nullptr) {
            add(Severity::warning,
                "no-munge-key",
                "munge is installed without /etc/munge/munge.key: the site must supply it",
                "bring it by a Warewulf overlay, or by root/etc/munge/munge.key beside the "
                "description");
        }
        if (has_program("iscsid") && at("etc/iscsi/initiatorname.iscsi") == nullptr) {
            add(Severity::warning,
                "no-iscsi-name",
                "open-iscsi is installed without /etc/iscsi/initiatorname.iscsi: each node needs "
                "its own",
                "bring it by a Warewulf overlay");
        }
    }

    void check_attributes() {
        std::vector<std::string> names;
        for (const tree::Entry& entry : input_.inventory.entries()) {
            const bool left_out = input_.is_excluded && input_.is_excluded(entry.path);
            for (const auto& [name, value] : entry.xattrs) {
                if (name == "security.capability" && !left_out && !input_.capabilities_restored) {
                    names.push_back("/" + base::printable(entry.path));
                }
            }
        }
        if (!names.empty()) {
            add(Severity::warning,
                "lost-capabilities",
                fmt::format(
                    "the image format can't hold the file capabilities of {}",
                    base::join(names, ", ")),
                "add <package name=\"libcap2-bin\"/>: then they are restored when the node boots");
        }
    }

    const BootabilityInput& input_;
    std::vector<Finding> findings_;
};

} // namespace

std::vector<Finding> check_bootability(const BootabilityInput& input) {
    return BootabilityCheck(input).run();
}

std::uint64_t memory_needed(std::uint64_t compressed_size, std::uint64_t files_size) {
    // What Warewulf's overlays and the system's first steps write.
    constexpr std::uint64_t written = std::uint64_t{48} << 20U;
    constexpr std::uint64_t kernel = std::uint64_t{96} << 20U;
    const std::uint64_t needed = 2 * (files_size + written) + compressed_size + kernel;
    // The kernel's book of its pages: 64 bytes for each.
    return needed + needed / 63;
}

std::vector<Finding> check_sizes(std::uint64_t compressed_size, std::uint64_t unpacked_size) {
    constexpr std::uint64_t limit = std::uint64_t{1} << 32U;
    constexpr std::uint64_t bios_limit = std::uint64_t{3} << 30U;
    std::vector<Finding> findings;
    if (compressed_size >= limit) {
        findings.push_back(
            {Severity::error,
             "image-too-large",
             fmt::format(
                 "the image has {}: kernels and iPXE take less than 4 GiB",
                 base::format_bytes(compressed_size)),
             "leave out what nodes can mount, by /etc/warewulf/excludes"});
    } else if (compressed_size + unpacked_size >= bios_limit) {
        findings.push_back(
            {Severity::warning,
             "large-for-bios",
             fmt::format(
                 "packed and unpacked the image has {}: machines that boot by BIOS may fail above "
                 "about 3 GiB",
                 base::format_bytes(compressed_size + unpacked_size)),
             "boot these nodes by UEFI, or leave something out by /etc/warewulf/excludes"});
    }
    return findings;
}

} // namespace imgbuild::check
