// SPDX-License-Identifier: Apache-2.0
#include "build/stages/scrub_stage.hpp"

#include "base/text.hpp"
#include "build/boot_units.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <unistd.h>

#include <array>
#include <set>
#include <utility>

namespace imgbuild::build {

namespace {

/// Raise when the lists below or the units change.
constexpr int scrub_version = 4;

struct GeneratedSecret {
    const char* directory;
    /// Of names in it.
    const char* pattern;
    /// The nodes of a site share it.
    bool is_of_site = false;
};

/// Made by package scripts, and different on every machine or secret.
constexpr std::array<GeneratedSecret, 11> generated_secrets = {{
    {"etc/ssh", "ssh_host_*_key"},
    {"etc/ssh", "ssh_host_*_key.pub"},
    {"etc/munge", "munge.key", true},
    {"etc/ssl/private", "ssl-cert-snakeoil.key"},
    {"etc/ssl/certs", "ssl-cert-snakeoil.pem"},
    {"etc/iscsi", "initiatorname.iscsi"},
    {"etc/nvme", "host*"},
    {"var/lib/systemd", "random-seed"},
    {"var/lib/systemd", "credential.secret"},
    {"var/lib/urandom", "random-seed"},
    {"var/lib/NetworkManager", "secret_key"},
}};

/// Everything in these directories is for the build only, but for containers that are saved there.
constexpr std::array emptied_directories = {
    "tmp",
    "var/tmp",
    "run",
    "var/cache/apt",
    "var/lib/apt/lists",
    "var/log/apt",
    "var/cache/debconf/tmp.ci",
};

/// Single files that only tell about the build: "directory", "pattern of names". /image, /.profile and
/// /.kconfig are not among them: scripts see ours through mounts that end with them, so what stands there
/// is the description's own.
constexpr std::array<std::array<const char*, 2>, 17> build_traces = {{
    {"var/log", "dpkg.log*"},
    {"var/log", "alternatives.log*"},
    {"var/log", "bootstrap.log"},
    {"var/log", "fontconfig.log"},
    {"var/log", "*.journal"},
    {"var/cache/ldconfig", "aux-cache"},
    {"var/cache/debconf", "*-old"},
    {"var/lib/dpkg", "*-old"},
    {"var/lib/dpkg", "lock*"},
    {"var/lib/dpkg/triggers", "Lock"},
    {"var/lib/apt", "daily_lock"},
    {"var/lib/dbus", "machine-id"},
    {"etc", "passwd-"},
    {"etc", "group-"},
    {"etc", "*shadow-"},
    {"etc", "sub[ug]id-"},
    {"etc", ".pwd.lock"},
}};

/// Logs that programs expect to exist: kept, but empty.
constexpr std::array emptied_logs = {"wtmp", "btmp", "lastlog", "faillog", "tallylog"};

bool is_directory(const root::Root& root, const std::string& path) {
    const auto status = root.status(path);
    return status && S_ISDIR(status->st_mode);
}

std::vector<std::string>
matching(const root::Root& root, const std::string& directory, const char* pattern) {
    std::vector<std::string> paths;
    if (!is_directory(root, directory)) {
        return paths;
    }
    for (const std::string& name : root.list(directory)) {
        if (::fnmatch(pattern, name.c_str(), 0) == 0) {
            paths.push_back(directory + "/" + name);
        }
    }
    return paths;
}

/// What the description has containers saved as, wherever links on the way there lead.
class SavedContainers {
public:
    SavedContainers(const root::Root& root, const std::vector<ContainerInput>& containers) {
        for (const ContainerInput& container : containers) {
            const std::string& path = container.save_path;
            for (std::size_t end = path.find('/', 1); end < path.size();
                 end = path.find('/', end + 1)) {
                add(root, path.substr(0, end), ways_);
            }
            if (!path.empty()) {
                add(root, path, files_);
            }
        }
    }

    bool is_way(const struct stat& status) const { return ways_.count(id(status)) != 0; }

    bool is_file(const struct stat& status) const { return files_.count(id(status)) != 0; }

private:
    using Id = std::pair<dev_t, ino_t>;

    static Id id(const struct stat& status) { return {status.st_dev, status.st_ino}; }

    static void add(const root::Root& root, const std::string& path, std::set<Id>& ids) {
        for (const auto& status : {root.status(path), root.target_status(path)}) {
            if (status) {
                ids.insert(id(*status));
            }
        }
    }

    std::set<Id> ways_;
    std::set<Id> files_;
};

void empty_directory(
    const root::Root& root, const std::string& directory, const SavedContainers& saved) {
    for (const std::string& name : root.list(directory)) {
        const std::string path = directory + "/" + name;
        const auto status = root.status(path);
        if (!status || saved.is_file(*status)) {
            continue;
        }
        if (!saved.is_way(*status)) {
            root.remove(path);
        } else if (S_ISDIR(status->st_mode)) {
            empty_directory(root, path, saved);
        }
    }
}

void empty_log(const root::Root& root, const std::string& path) {
    const auto status = root.status(path);
    if (status && S_ISREG(status->st_mode)) {
        root.rewrite(path, "", {});
    }
}

} // namespace

ScrubStage::ScrubStage(const Inputs& inputs, EarlierRoots earlier)
    : inputs_(inputs)
    , earlier_(std::move(earlier)) {}

void ScrubStage::describe(KeyInputs& inputs) const {
    inputs.add("version of scrubbing", scrub_version);
    inputs.add("epoch", inputs_.epoch);
}

void ScrubStage::run(const StageContext& stage) {
    const root::Root& root = stage.root.root();
    remove_identities(stage);
    const SavedContainers saved(root, inputs_.containers);
    for (const char* const directory : emptied_directories) {
        if (is_directory(root, directory)) {
            empty_directory(root, directory, saved);
        }
    }
    for (const auto& [directory, pattern] : build_traces) {
        for (const std::string& path : matching(root, directory, pattern)) {
            root.remove(path);
        }
    }
    for (const char* const name : emptied_logs) {
        empty_log(root, std::string("var/log/") + name);
    }
    add_ssh_key_unit(root);
    add_capability_unit(root, stage.below);
}

void ScrubStage::remove_identities(const StageContext& stage) const {
    const root::Root& root = stage.root.root();
    const tree::Inventory packages = earlier_.as_installed();
    const auto is_as_in = [&](const tree::Inventory& earlier, const std::string& path) {
        const tree::Entry* const then = earlier.find(path);
        const tree::Entry* const now = stage.below.find(path);
        return then != nullptr && now != nullptr && then->digest == now->digest;
    };
    std::vector<std::string> removed;
    std::vector<std::string> kept;
    for (const GeneratedSecret& secret : generated_secrets) {
        for (const std::string& path : matching(root, secret.directory, secret.pattern)) {
            if (is_as_in(packages, path)) {
                root.remove(path);
                removed.push_back("/" + path);
            } else if (!secret.is_of_site) {
                kept.push_back(path);
            }
        }
    }
    if (!removed.empty()) {
        stage.context.reporter.message(
            base::LogLevel::info,
            fmt::format("removed what scripts of packages made: {}", base::join(removed, ", ")));
    }
    // Few images keep any: the others need not know how the root was before.
    std::vector<std::string> made_by_scripts;
    if (!kept.empty()) {
        const tree::Inventory described = earlier_.before_scripts();
        for (const std::string& path : kept) {
            if (!is_as_in(described, path)) {
                made_by_scripts.push_back("/" + path);
            }
        }
    }
    if (!made_by_scripts.empty()) {
        stage.context.reporter.message(
            base::LogLevel::warning,
            fmt::format(
                "a script of the description made {}: it stays in the image, so that all nodes "
                "have "
                "the same",
                base::join(made_by_scripts, ", ")));
    }
    // Empty, not missing: systemd then makes a fresh one for each boot and knows it is not a first boot
    // of an unconfigured system.
    root.write("etc/machine-id", "", {0444, 0, 0});
}

} // namespace imgbuild::build
