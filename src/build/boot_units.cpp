// SPDX-License-Identifier: Apache-2.0
#include "build/boot_units.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <linux/capability.h>

#include <array>
#include <cstdint>
#include <map>

namespace imgbuild::build {

const std::string_view capability_list_path = "usr/lib/imgbuild/file-capabilities";

namespace {

constexpr root::Attributes directory_attributes = {0755, 0, 0};
constexpr root::Attributes file_attributes = {0644, 0, 0};

/// Names in the order of their numbers (linux/capability.h).
constexpr std::array<std::string_view, 41> capability_names = {
    "cap_chown",
    "cap_dac_override",
    "cap_dac_read_search",
    "cap_fowner",
    "cap_fsetid",
    "cap_kill",
    "cap_setgid",
    "cap_setuid",
    "cap_setpcap",
    "cap_linux_immutable",
    "cap_net_bind_service",
    "cap_net_broadcast",
    "cap_net_admin",
    "cap_net_raw",
    "cap_ipc_lock",
    "cap_ipc_owner",
    "cap_sys_module",
    "cap_sys_rawio",
    "cap_sys_chroot",
    "cap_sys_ptrace",
    "cap_sys_pacct",
    "cap_sys_admin",
    "cap_sys_boot",
    "cap_sys_nice",
    "cap_sys_resource",
    "cap_sys_time",
    "cap_sys_tty_config",
    "cap_mknod",
    "cap_lease",
    "cap_audit_write",
    "cap_audit_control",
    "cap_setfcap",
    "cap_mac_override",
    "cap_mac_admin",
    "cap_syslog",
    "cap_wake_alarm",
    "cap_block_suspend",
    "cap_audit_read",
    "cap_perfmon",
    "cap_bpf",
    "cap_checkpoint_restore",
};

bool has_systemd(const root::Root& root) {
    return root.target_status("usr/lib/systemd/systemd").has_value() ||
           root.target_status("lib/systemd/systemd").has_value();
}

void add_unit(const root::Root& root, const std::string& name, const std::string& text) {
    root.make_directories("usr/lib/systemd/system/sysinit.target.wants", directory_attributes);
    root.write("usr/lib/systemd/system/" + name, text, file_attributes);
    const std::string wanted = "usr/lib/systemd/system/sysinit.target.wants/" + name;
    root.remove(wanted);
    root.make_symlink(wanted, "../" + name);
}

std::uint32_t little_endian(std::string_view bytes, std::size_t offset) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i > 0; --i) {
        value = value << 8U | static_cast<unsigned char>(bytes[offset + i - 1]);
    }
    return value;
}

} // namespace

void add_ssh_key_unit(const root::Root& root) {
    if (!has_systemd(root) || !root.target_status("usr/bin/ssh-keygen") ||
        !root.exists("etc/ssh")) {
        return;
    }
    add_unit(
        root,
        "imgbuild-ssh-keys.service",
        "[Unit]\n"
        "Description=Make SSH host keys where none were supplied\n"
        "DefaultDependencies=no\n"
        "After=local-fs.target systemd-random-seed.service\n"
        "Before=ssh.service sshd.service ssh.socket sysinit.target shutdown.target\n"
        "Conflicts=shutdown.target\n"
        "ConditionPathExistsGlob=!/etc/ssh/ssh_host_*_key\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        "RemainAfterExit=yes\n"
        "ExecStart=/usr/bin/ssh-keygen -A\n");
}

void add_capability_unit(const root::Root& root, const tree::Inventory& inventory) {
    if (!has_systemd(root) || !root.target_status("usr/sbin/setcap")) {
        return;
    }
    std::string list;
    for (const tree::Entry& entry : inventory.entries()) {
        for (const auto& [name, value] : entry.xattrs) {
            const std::string text =
                name == "security.capability" ? capability_text(value) : std::string();
            // setcap reads "CAPABILITIES FILE" lines, so a name with blanks can't be in the list.
            if (!text.empty() && entry.path.find_first_of(" \t\n\\") == std::string::npos) {
                list += fmt::format("{} /{}\n", text, entry.path);
            }
        }
    }
    if (list.empty()) {
        return;
    }
    root.make_directories("usr/lib/imgbuild", directory_attributes);
    root.write(capability_list_path, list, file_attributes);
    add_unit(
        root,
        "imgbuild-file-capabilities.service",
        "[Unit]\n"
        "Description=Restore file capabilities that the node image can't hold\n"
        "DefaultDependencies=no\n"
        "After=local-fs.target\n"
        "Before=sysinit.target shutdown.target\n"
        "Conflicts=shutdown.target\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        "RemainAfterExit=yes\n"
        // Doubled, or systemd would replace the variables itself.
        "ExecStart=/bin/sh -c 'while read -r capabilities file; do"
        " setcap \"$$capabilities\" \"$$file\" || failed=1; done; exit $${failed:-0}'\n"
        "StandardInput=file:/usr/lib/imgbuild/file-capabilities\n");
}

std::string capability_text(std::string_view attribute) {
    constexpr std::size_t set_size = 8;
    if (attribute.size() < 4) {
        return {};
    }
    const std::uint32_t magic = little_endian(attribute, 0);
    const std::uint32_t revision = magic & VFS_CAP_REVISION_MASK;
    const std::size_t sets = revision == VFS_CAP_REVISION_1 ? 1 : 2;
    if ((revision != VFS_CAP_REVISION_1 && revision != VFS_CAP_REVISION_2 &&
         revision != VFS_CAP_REVISION_3) ||
        attribute.size() < 4 + sets * set_size) {
        return {};
    }
    std::uint64_t permitted = 0;
    std::uint64_t inheritable = 0;
    for (std::size_t i = 0; i < sets; ++i) {
        permitted |= std::uint64_t{little_endian(attribute, 4 + i * set_size)} << (32 * i);
        inheritable |= std::uint64_t{little_endian(attribute, 8 + i * set_size)} << (32 * i);
    }
    const bool effective = (magic & VFS_CAP_FLAGS_EFFECTIVE) != 0;
    std::map<std::string, std::vector<std::string>> by_flags;
    for (std::size_t i = 0; i < capability_names.size(); ++i) {
        const std::uint64_t bit = std::uint64_t{1} << i;
        std::string flags;
        flags += effective && ((permitted | inheritable) & bit) != 0 ? "e" : "";
        flags += (inheritable & bit) != 0 ? "i" : "";
        flags += (permitted & bit) != 0 ? "p" : "";
        if (!flags.empty()) {
            by_flags[flags].emplace_back(capability_names.at(i));
        }
    }
    std::vector<std::string> clauses;
    for (const auto& [flags, names] : by_flags) {
        clauses.push_back(fmt::format("{}={}", base::join(names, ","), flags));
    }
    // Clauses of several flags are separated by blanks, which the list can't hold; no package does that.
    return clauses.size() == 1 ? clauses.front() : std::string();
}

std::set<std::string, std::less<>> restored_paths(const root::Root& root) {
    std::set<std::string, std::less<>> paths;
    const std::string list = root.try_read(capability_list_path).value_or("");
    // Lines "CAPABILITIES /PATH".
    for (const std::string_view line : base::split_lines(list)) {
        if (const std::size_t slash = line.find(" /"); slash != std::string_view::npos) {
            paths.emplace(line.substr(slash + 2));
        }
    }
    return paths;
}

} // namespace imgbuild::build
