// SPDX-License-Identifier: Apache-2.0
#include "package/deb_installer.hpp"

#include "base/architecture.hpp"
#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "package/deb_file.hpp"
#include "package/deb_plan.hpp"
#include "package/documentation.hpp"
#include "package/dpkg_session.hpp"
#include "package/dpkg_status.hpp"
#include "package/extended_states.hpp"
#include "package/native_unpacker.hpp"
#include "root/extract.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>

namespace imgbuild::package {
namespace {

/// Where commands in the sandbox find the packages. /run is not part of the image there.
constexpr std::string_view packages_path = "/run/imgbuild/packages";

std::string file_name(const ResolvedPackage& package) {
    return archive_file_name({package.name, package.version, package.architecture});
}

void copy_file(int from, const std::string& path) {
    const base::UniqueFd to = base::open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    std::vector<std::byte> buffer(std::size_t{1} << 20U);
    std::uint64_t offset = 0;
    while (const std::size_t size = base::read_at(from, buffer, offset, path)) {
        base::write_all(to.get(), std::span(buffer).first(size), path);
        offset += size;
    }
}

/// Of the dpkg that will be in the root.
std::string dpkg_version(const PackageRequest& request, const Resolution& resolution) {
    for (const ResolvedPackage& package : resolution.packages) {
        if (package.name == "dpkg") {
            return package.version;
        }
    }
    return request.derived_from ? installed_version(request.derived_from->status, "dpkg")
                                : std::string();
}

class Installer {
public:
    Installer(
        root::WorkingRoot& root,
        const PackageRequest& request,
        const Resolution& resolution,
        RawDebs* raw_debs,
        Configuring configuring,
        const std::function<void(bool are_all)>& on_unpacked,
        const store::Store& store,
        const base::Context& context)
        : root_(root)
        , request_(request)
        , resolution_(resolution)
        , raw_debs_(raw_debs)
        , on_unpacked_(on_unpacked)
        , store_(store)
        , context_(context)
        , packages_(store.make_work_directory()) {
        if (configuring == Configuring::fast) {
            helpers_ = std::make_unique<ImageHelpers>(store, context);
        }
    }

    void run();

private:
    void lay_out_packages();
    void make_skeleton();
    void extract_base();
    void run_steps();
    void unpack(const InstallStep& step, DpkgSession& session, base::Activity& progress);
    void
    unpack_by_dpkg(const std::vector<std::size_t>& packages, bool is_base, DpkgSession& session);
    void configure(const InstallStep& step, DpkgSession& session);
    void load_debconf_seed(DpkgSession& session);
    void write_extended_states();
    bool is_base(const InstallStep& step) const;

    root::WorkingRoot& root_;
    const PackageRequest& request_;
    const Resolution& resolution_;
    RawDebs* raw_debs_;
    const std::function<void(bool are_all)>& on_unpacked_;
    const store::Store& store_;
    const base::Context& context_;
    store::WorkDirectory packages_;
    /// Only if they were asked for.
    std::unique_ptr<ImageHelpers> helpers_;
    /// Only with raw packages.
    std::unique_ptr<NativeUnpacker> native_;
    bool seed_loaded_ = false;
};

/// dpkg gets the packages under their names; they are other names of the store's blobs.
void Installer::lay_out_packages() {
    for (const ResolvedPackage& package : resolution_.packages) {
        if (package.installed_before) {
            continue;
        }
        const std::string blob = store_.blob_path(package.digest);
        const std::string path = base::join_path(packages_.path(), file_name(package));
        if (::link(blob.c_str(), path.c_str()) != 0) {
            // The kernel allows links to other people's files (of a shared store) only to those who
            // may write them.
            if (errno != EPERM) {
                base::throw_errno(fmt::format("linking {} to {}", path, blob));
            }
            copy_file(store_.open_blob(package.digest).get(), path);
        }
    }
}

void Installer::make_skeleton() {
    const root::Root& root = root_.root();
    for (const std::string& directory : merged_directories(request_.architecture)) {
        root.make_directories("usr/" + directory, {.mode = 0755});
        if (!root.exists(directory)) {
            root.make_symlink(directory, "usr/" + directory);
        }
    }
    if (request_.exclude_documentation) {
        // Scripts put links to manual pages there (update-alternatives) and fail without.
        for (int section = 1; section <= 8; ++section) {
            root.make_directories(fmt::format("usr/share/man/man{}", section), {.mode = 0755});
        }
    }
    root.make_directories("var/lib/dpkg", {.mode = 0755});
    if (!root.exists("var/lib/dpkg/status")) {
        root.write("var/lib/dpkg/status", "", {.mode = 0644});
    }
}

void Installer::extract_base() {
    std::vector<const ResolvedPackage*> packages;
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < resolution_.packages.size(); ++i) {
        const ResolvedPackage& package = resolution_.packages[i];
        if (package.base && !package.installed_before) {
            packages.push_back(&package);
            numbers.push_back(i);
        }
    }
    if (packages.empty()) {
        return;
    }
    if (native_) {
        native_->lay_base(numbers);
        return;
    }
    base::Activity activity(
        context_.reporter,
        {.title = "unpacking the base system",
         .unit = "packages",
         .total = packages.size(),
         .parent = context_.parent_activity});
    root::ExtractOptions options;
    if (request_.exclude_documentation) {
        options.skip = is_documentation;
    }
    for (const ResolvedPackage* const package : packages) {
        base::throw_if_stopped(context_.stop);
        const DebFile file(store_.open_blob(package->digest), file_name(*package));
        archive::Reader reader = file.data();
        const root::ExtractResult result = root::extract(reader, root_.root(), options, context_);
        for (const tree::Entry& device : result.unmade_devices) {
            root_.record_device(device);
        }
        activity.advance(1);
    }
}

bool Installer::is_base(const InstallStep& step) const {
    return !step.packages.empty() &&
           std::all_of(step.packages.begin(), step.packages.end(), [this](std::size_t number) {
               return resolution_.packages[number].base;
           });
}

void Installer::unpack(const InstallStep& step, DpkgSession& session, base::Activity& progress) {
    const bool is_base = this->is_base(step);
    if (!native_) {
        unpack_by_dpkg(step.packages, is_base, session);
        return;
    }
    native_->unpack(step.packages, session, progress, [&](std::size_t number) {
        unpack_by_dpkg({number}, is_base, session);
    });
}

void Installer::unpack_by_dpkg(
    const std::vector<std::size_t>& packages, bool is_base, DpkgSession& session) {
    std::vector<std::string> arguments;
    if (is_base) {
        // The packages depend on each other in circles, and each is there already.
        arguments.emplace_back("--force-depends");
    }
    if (request_.exclude_documentation) {
        const std::vector<std::string> options = documentation_options();
        arguments.insert(arguments.end(), options.begin(), options.end());
    }
    arguments.insert(arguments.end(), {"--no-triggers", "--unpack", "--auto-deconfigure"});
    for (const std::size_t number : packages) {
        arguments.push_back(
            fmt::format("{}/{}", packages_path, file_name(resolution_.packages[number])));
    }
    session.dpkg(arguments, context_);
}

void Installer::configure(const InstallStep& step, DpkgSession& session) {
    std::vector<std::string> arguments;
    if (step.packages.empty()) {
        arguments = {"--configure", "--pending"};
    } else if (is_base(step)) {
        arguments = {"--force-depends", "--configure"};
    } else {
        arguments = {"--no-triggers", "--configure"};
    }
    for (const std::size_t number : step.packages) {
        const ResolvedPackage& package = resolution_.packages[number];
        arguments.push_back(fmt::format("{}:{}", package.name, package.architecture));
    }
    session.dpkg(arguments, context_);
}

/// Answers must be known before the first package that asks is configured, so they are loaded as soon
/// as debconf's files are there.
void Installer::load_debconf_seed(DpkgSession& session) {
    if (request_.debconf_seed.empty() || seed_loaded_ ||
        !root_.root().target_status("usr/bin/debconf-set-selections")) {
        return;
    }
    try {
        session.run({"debconf-set-selections"}, request_.debconf_seed, context_);
    } catch (base::Error& error) {
        error.add_context("debconf.seed");
        throw;
    }
    seed_loaded_ = true;
}

void Installer::run_steps() {
    const auto count = static_cast<std::uint64_t>(std::count_if(
        resolution_.packages.begin(),
        resolution_.packages.end(),
        [](const ResolvedPackage& package) { return !package.installed_before; }));
    base::Activity activity(
        context_.reporter,
        {.title = "unpacking and configuring",
         .unit = "steps",
         .total = 2 * count,
         .parent = context_.parent_activity});
    DpkgSession session(
        root_,
        {.epoch = request_.epoch,
         .progress = &activity,
         .dpkg_version = dpkg_version(request_, resolution_),
         .helpers = helpers_.get()});
    session.show(packages_.path(), std::string(packages_path));
    auto unpacks = std::count_if(
        resolution_.steps.begin(), resolution_.steps.end(), [](const InstallStep& step) {
            return step.action == InstallStep::Action::unpack;
        });
    for (const InstallStep& step : resolution_.steps) {
        base::throw_if_stopped(context_.stop);
        if (step.action == InstallStep::Action::unpack) {
            unpack(step, session, activity);
            load_debconf_seed(session);
            --unpacks;
            if (unpacks == 0 || raw_debs_ == nullptr || raw_debs_->are_all_ready()) {
                on_unpacked_(unpacks == 0);
            }
        } else {
            configure(step, session);
        }
    }
    // What the last step of the plan leaves: triggers, and packages that it did not name.
    configure({InstallStep::Action::configure, {}}, session);
    if (!request_.debconf_seed.empty() && !seed_loaded_) {
        context_.reporter.message(
            base::LogLevel::warning, "debconf.seed has no effect: debconf is not installed");
    }
}

void Installer::write_extended_states() {
    std::vector<WantedPackage> wanted = request_.bootstrap;
    wanted.insert(wanted.end(), request_.packages.begin(), request_.packages.end());
    const std::string text = add_states(
        request_.derived_from ? request_.derived_from->automatic : std::string(),
        resolution_.packages,
        wanted,
        base::debian_architecture(request_.architecture).value_or(request_.architecture));
    if (!text.empty()) {
        root_.root().make_directories("var/lib/apt", {.mode = 0755});
        root_.root().write("var/lib/apt/extended_states", text, {.mode = 0644});
    }
}

void Installer::run() {
    lay_out_packages();
    if (!request_.derived_from) {
        make_skeleton();
    }
    if (raw_debs_ != nullptr) {
        native_ = std::make_unique<NativeUnpacker>(root_, request_, *raw_debs_, store_, context_);
    }
    extract_base();
    run_steps();
    write_extended_states();
}

} // namespace

std::vector<std::string> merged_directories(const std::string& architecture) {
    std::vector<std::string> directories = {"bin", "lib", "sbin"};
    // Where the dynamic loader's path, which every program names, is outside /lib.
    if (architecture == "x86_64" || architecture == "ppc64le") {
        directories.emplace_back("lib64");
    }
    return directories;
}

void install_debs(
    root::WorkingRoot& root,
    const PackageRequest& request,
    const Resolution& resolution,
    RawDebs* raw_debs,
    Configuring configuring,
    const std::function<void(bool are_all)>& on_unpacked,
    const store::Store& store,
    const base::Context& context) {
    Installer(root, request, resolution, raw_debs, configuring, on_unpacked, store, context).run();
}

} // namespace imgbuild::package
