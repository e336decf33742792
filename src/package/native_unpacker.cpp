// SPDX-License-Identifier: Apache-2.0
#include "package/native_unpacker.hpp"

#include "base/architecture.hpp"
#include "base/cancel.hpp"
#include "base/text.hpp"
#include "package/deb_file.hpp"
#include "package/documentation.hpp"
#include "root/extract.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgbuild::package {
namespace {

/// The image's dpkg may be told to leave out files, by configuration that a package brings.
bool has_filters(const root::Root& root) {
    const auto filters = [&root](std::string_view path) {
        return root.try_read(path).value_or(std::string()).find("path-") != std::string::npos;
    };
    if (filters("etc/dpkg/dpkg.cfg")) {
        return true;
    }
    constexpr std::string_view directory = "etc/dpkg/dpkg.cfg.d";
    if (!root.target_status(directory)) {
        return false;
    }
    const std::vector<std::string> names = root.list(directory);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return filters(fmt::format("{}/{}", directory, name));
    });
}

bool has_named_owners(const RawDeb& deb) {
    return std::any_of(
        deb.index.members.begin(), deb.index.members.end(), [](const archive::TarMember& member) {
            return (!member.user.empty() && member.user != "root") ||
                   (!member.group.empty() && member.group != "root");
        });
}

} // namespace

NativeUnpacker::NativeUnpacker(
    root::WorkingRoot& root,
    const PackageRequest& request,
    RawDebs& debs,
    const store::Store& store,
    const base::Context& context)
    : root_(root)
    , request_(request)
    , store_(store)
    , context_(context)
    , architecture_(base::debian_architecture(request.architecture).value_or(request.architecture))
    , debs_(debs)
    , owners_(root.root())
    , extractor_(root.root(), owners_, request.exclude_documentation, context)
    , database_(root.root()) {
    debs_.start_all();
}

void NativeUnpacker::lay_base(const std::vector<std::size_t>& packages) {
    base::Activity activity(
        context_.reporter,
        {.title = "unpacking the base system",
         .unit = "packages",
         .total = packages.size(),
         .parent = context_.parent_activity});
    LaidDirectories directories;
    for (const std::size_t number : packages) {
        base::throw_if_stopped(context_.stop);
        const RawDeb& deb = debs_.get(number);
        if (deb.problem.empty()) {
            extractor_.lay(deb, directories);
        } else {
            extract_plainly(deb);
        }
        laid_.insert(number);
        activity.advance(1);
    }
    extractor_.finish(directories);
    owners_.forget();
}

/// For a package that dpkg will unpack again.
void NativeUnpacker::extract_plainly(const RawDeb& deb) {
    const DebFile file(store_.open_blob(deb.package->digest), deb.name);
    archive::Reader reader = file.data();
    root::ExtractOptions options;
    if (request_.exclude_documentation) {
        options.skip = is_documentation;
    }
    const root::ExtractResult result = root::extract(reader, root_.root(), options, context_);
    for (const tree::Entry& device : result.unmade_devices) {
        root_.record_device(device);
    }
}

void NativeUnpacker::unpack(
    const std::vector<std::size_t>& packages,
    DpkgSession& session,
    base::Activity& progress,
    const UnpackByDpkg& by_dpkg) {
    database_.begin();
    owners_.forget();
    for (const std::size_t number : packages) {
        base::throw_if_stopped(context_.stop);
        if (unpack_one(debs_.get(number), laid_.contains(number), session)) {
            progress.advance(1);
        } else {
            by_dpkg(number);
            database_.take_back(debs_.get(number));
            owners_.forget();
        }
        debs_.drop(number);
    }
    database_.finish();
}

std::optional<std::string> NativeUnpacker::obstacle(const RawDeb& deb) const {
    if (!deb.problem.empty()) {
        return deb.problem;
    }
    const std::string& architecture = deb.package->architecture;
    if (architecture != "all" && architecture != architecture_) {
        return "it is for another architecture than the root";
    }
    if (has_filters(root_.root())) {
        return "the image's dpkg is configured to leave out files";
    }
    return database_.obstacle(deb);
}

bool NativeUnpacker::unpack_one(const RawDeb& deb, bool is_laid, DpkgSession& session) {
    const ResolvedPackage& package = *deb.package;
    std::optional<std::string> obstacle = this->obstacle(deb);
    bool has_script = false;
    if (!obstacle) {
        has_script = run_preinst(deb, session);
        if (has_script) {
            // Scripts may be run twice, so there is still a way back.
            obstacle = database_.obstacle(deb);
        }
    }
    if (obstacle) {
        context_.reporter.output(
            fmt::format("{} is unpacked by dpkg: {}", package.name, base::printable(*obstacle)));
        database_.hand_over();
        return false;
    }
    context_.reporter.output(fmt::format("Unpacking {} ({}) ...", package.name, package.version));
    if (!is_laid || has_script || has_named_owners(deb)) {
        extractor_.extract(deb);
    } else {
        extractor_.extract_conffiles(deb);
    }
    database_.add_unpacked(deb);
    return true;
}

/// @returns false if the package has none.
bool NativeUnpacker::run_preinst(const RawDeb& deb, DpkgSession& session) {
    if (deb.control.find("preinst") == nullptr) {
        return false;
    }
    database_.lay_out_scripts(deb);
    session.script(
        fmt::format("/{}/preinst", DpkgDatabase::scripts_place),
        deb.package->name,
        deb.package->architecture,
        "preinst",
        // The first two are its defaults; the base system's packages depend on each other in circles.
        deb.package->base ? "security-mac,downgrade,unsafe-io,depends"
                          : "security-mac,downgrade,unsafe-io",
        context_);
    database_.remove_scripts();
    database_.load();
    owners_.forget();
    return true;
}

} // namespace imgbuild::package
