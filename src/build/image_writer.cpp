// SPDX-License-Identifier: Apache-2.0
#include "build/image_writer.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "build/boot_units.hpp"
#include "build/finished_root.hpp"
#include "build/resolution_file.hpp"
#include "check/kernel.hpp"
#include "pack/packer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

namespace imgbuild::build {

namespace {

std::string or_none(const std::string& text) {
    return text.empty() ? "(none)" : text;
}

} // namespace

ImageWriter::ImageWriter(
    const BuildOptions& options,
    const Inputs& inputs,
    const Plan& plan,
    const package::PackageManager& manager,
    const store::Store& store,
    const BuildLog& log,
    const base::Context& context)
    : options_(options)
    , inputs_(inputs)
    , plan_(plan)
    , manager_(manager)
    , store_(store)
    , log_(log)
    , context_(context) {}

void ImageWriter::write(
    ResultDirectory& target, BuildResult& result, const std::function<double()>& seconds_so_far) {
    const FinishedRoot finished(store_, plan_.layer_keys(), options_.driver, context_);
    const tree::Inventory& inventory = finished.inventory();
    const root::Root& root = finished.root();
    const pack::PackOptions pack_options =
        finished.pack_options(inputs_.compression, inputs_.epoch);
    check(check::check_bootability(
        {.inventory = inventory,
         .is_excluded = [&](std::string_view path) { return pack_options.excludes.excludes(path); },
         .capabilities_restored = root.exists(capability_list_path)}));

    staging_ = target.staging();
    const auto put = [&](const std::string& name, std::string_view content, const char* kind) {
        base::replace_file(base::join_path(staging_, name), content);
        add(result, name, kind);
    };

    const bool is_compressed = inputs_.compression != pack::Compression::none;
    const std::string image = name_with(is_compressed ? "img.gz" : "img");
    if (!is_compressed) {
        context_.reporter.message(
            base::LogLevel::warning,
            "the image is not compressed: Warewulf serves only images that end in .img.gz");
    }
    const std::string image_path = base::join_path(staging_, image);
    const base::UniqueFd output =
        base::open_at(AT_FDCWD, image_path, O_RDWR | O_CREAT | O_EXCL, 0644);
    const pack::PackResult packed =
        pack::pack(root, inventory, pack_options, store_, output.get(), image_path, context_);
    for (const std::string& warning : packed.warnings) {
        context_.reporter.message(base::LogLevel::warning, warning);
    }
    check(check::check_sizes(packed.size, packed.archive_size));
    result.artifacts.push_back({image, "image", packed.size, packed.digest});
    result.memory_needed = check::memory_needed(packed.size, packed.memory_size);

    // The bootability check has made sure that there is one.
    const auto kernel = check::find_kernel(inventory);
    put(name_with("vmlinuz"), root.read(kernel->path), "kernel");
    result.kernel_version = kernel->version;
    put(name_with("packages"), packages_text(manager_.installed(root)), "packages");
    put("resolution.json", resolution_to_json(inputs_), "resolution");
    put("build.log", base::read_file(log_.path()), "log");

    result.warnings = log_.warnings();
    result.stages.push_back({"pack", plan_.pack_key.hex(), false, seconds_so_far()});
    target.publish(result);
    const store::FileDigests digests(store_);
    digests.remember(output.get(), image_path, packed.digest);
    for (const WrittenFile& file : written_) {
        digests.remember(file.fd.get(), file.name, file.digest);
    }
}

void ImageWriter::check(const std::vector<check::Finding>& findings) const {
    std::vector<std::string> errors;
    for (const check::Finding& finding : findings) {
        const std::string text =
            fmt::format("{} [{}]; {}", finding.message, finding.code, finding.hint);
        if (finding.severity == base::Severity::error) {
            errors.push_back(text);
        } else {
            context_.reporter.message(base::LogLevel::warning, text);
        }
    }
    if (!errors.empty()) {
        throw base::Error("the image would not boot", base::ExitCode::pack).set_details(errors);
    }
}

void ImageWriter::add(BuildResult& result, const std::string& name, const std::string& kind) {
    const std::string path = base::join_path(staging_, name);
    base::UniqueFd fd = base::open_at(AT_FDCWD, path, O_RDONLY);
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0) {
        base::throw_errno(fmt::format("looking at {}", path));
    }
    const crypto::Digest digest = crypto::sha256_of_file(fd.get(), path);
    result.artifacts.push_back({name, kind, static_cast<std::uint64_t>(status.st_size), digest});
    written_.push_back({std::move(fd), name, digest});
}

std::string ImageWriter::name_with(const std::string& ending) const {
    const description::Request& request = inputs_.request;
    return fmt::format("{}.{}-{}.{}", request.name, request.architecture, request.version, ending);
}

std::string packages_text(const std::vector<package::InstalledPackage>& packages) {
    std::string text;
    for (const package::InstalledPackage& package : packages) {
        text += fmt::format(
            "{}|{}|{}|{}|{}|{}|{}\n",
            package.name,
            or_none(package.epoch),
            package.version,
            or_none(package.release),
            package.architecture,
            or_none(package.source),
            or_none(package.license));
    }
    return text;
}

} // namespace imgbuild::build
