// SPDX-License-Identifier: Apache-2.0
#include "images/export.hpp"

#include "base/architecture.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random_name.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "images/digest_cache.hpp"
#include "images/history.hpp"
#include "images/parallel_gzip.hpp"
#include "images/recovery.hpp"
#include "images/root_tar.hpp"
#include "json/json.hpp"
#include "oci/image_archive.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

namespace imgbuild::images {

namespace {

struct Ending {
    std::string_view text;
    ExportForm form;
};

/// The longer ones first.
constexpr std::array<Ending, 7> endings = {{
    {".oci.tar", ExportForm::oci_archive},
    {".docker.tar", ExportForm::docker_archive},
    {".ociarchive", ExportForm::oci_archive},
    {".oci", ExportForm::oci_archive},
    {".tar.gz", ExportForm::tar_gzip},
    {".tgz", ExportForm::tar_gzip},
    {".tar", ExportForm::tar},
}};

constexpr std::array<Ending, 3> schemes = {{
    {"oci-archive:", ExportForm::oci_archive},
    {"docker-archive:", ExportForm::docker_archive},
    {"tar:", ExportForm::tar},
}};

/// A file beside the one it will become. Removed unless it is published.
class NewFile {
public:
    explicit NewFile(const std::string& path)
        : path_(path)
        , name_(fmt::format(".{}.{}", path.substr(path.rfind('/') + 1), base::random_name()))
        , directory_(
              path.find('/') == std::string::npos ? "." : path.substr(0, path.rfind('/') + 1)) {}

    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    ~NewFile() {
        if (!is_published_) {
            ::unlink(temporary().c_str());
        }
    }

    const std::string& name() const { return name_; }

    const std::string& directory() const { return directory_; }

    std::string temporary() const { return base::join_path(directory_, name_); }

    /// @returns its size.
    std::uint64_t publish() {
        const base::UniqueFd fd = base::open_at(AT_FDCWD, temporary(), O_RDONLY);
        struct stat status = {};
        if (::fsync(fd.get()) != 0 || ::fstat(fd.get(), &status) != 0 ||
            ::rename(temporary().c_str(), path_.c_str()) != 0) {
            base::throw_errno(fmt::format("writing {}", path_));
        }
        is_published_ = true;
        return static_cast<std::uint64_t>(status.st_size);
    }

private:
    std::string path_;
    std::string name_;
    std::string directory_;
    bool is_published_ = false;
};

/// As OCI writes times (RFC 3339).
std::string oci_time(std::int64_t seconds) {
    std::string text = base::format_utc(seconds);
    text.replace(text.find(' '), 1, "T");
    text.replace(text.rfind(" UTC"), 4, "Z");
    return text;
}

std::string detail(const HistoryEntry& entry, std::string_view name) {
    for (const auto& [key, value] : entry.details) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

/// Where the image comes from, in the words that OCI has for it and our own.
json::Value labels_of(
    const std::string& name,
    const std::vector<HistoryEntry>& history,
    const ExportOptions& options) {
    json::Value labels = {
        {"org.opencontainers.image.title", name},
        {"imgbuild.version", options.program_version},
    };
    std::size_t commands = 0;
    for (const HistoryEntry& entry : history) {
        commands += entry.verb == "exec" ? 1U : 0U;
        if (entry.verb != "import") {
            continue;
        }
        commands = 0;
        labels["imgbuild.source"] = entry.text;
        for (const char* const key : {"digest", "key"}) {
            const std::string value = detail(entry, key);
            labels.erase(std::string("imgbuild.source.") + key);
            if (!value.empty()) {
                labels[std::string("imgbuild.source.") + key] = value;
            }
        }
        if (const std::string digest = detail(entry, "digest"); !digest.empty()) {
            labels["org.opencontainers.image.base.name"] = entry.text;
            labels["org.opencontainers.image.base.digest"] = digest;
        }
    }
    labels["imgbuild.execs"] = std::to_string(commands);
    return labels;
}

json::Value history_of(const std::vector<HistoryEntry>& history) {
    json::Value list = json::Value::array();
    for (const HistoryEntry& entry : history) {
        list.push_back(
            {{"created", oci_time(entry.time)},
             {"created_by", fmt::format("imgbuild image {} {}", entry.verb, entry.text)},
             {"empty_layer", true}});
    }
    if (list.empty()) {
        list.push_back({{"created_by", "imgbuild image export"}});
    }
    // One layer holds it all.
    list.back().erase("empty_layer");
    return list;
}

oci::Document document(std::string_view type, const json::Value& value, const store::Store& blobs) {
    const std::string text = json::dump_line(value);
    store::BlobWriter writer = blobs.new_blob();
    writer.write(std::as_bytes(std::span(text.data(), text.size())));
    const crypto::Digest digest = writer.publish(std::nullopt, std::string(type));
    return {std::string(type), digest, text};
}

json::Value descriptor(std::string_view type, const crypto::Digest& digest, std::uint64_t size) {
    return {{"mediaType", type}, {"digest", oci::to_string(digest)}, {"size", size}};
}

/// The root as the only layer of a container image.
oci::PinnedImage make_container_image(
    const root::Root& root,
    const tree::Inventory& inventory,
    const json::Value& labels,
    const std::vector<HistoryEntry>& history,
    const store::Store& blobs,
    const base::Context& context) {
    crypto::Sha256 diff_id;
    store::BlobWriter blob = blobs.new_blob();
    ParallelGzip gzip([&](std::span<const std::byte> bytes) { blob.write(bytes); }, context);
    write_root_tar(
        root,
        inventory,
        [&](std::span<const std::byte> bytes) {
            diff_id.update(bytes);
            gzip.add(bytes);
        },
        context);
    gzip.finish();
    oci::Layer layer;
    layer.blob.media_type = oci::media_type::oci_layer_gzip;
    layer.blob.size = blob.size();
    layer.blob.digest = blob.publish(std::nullopt, "the layer");
    layer.diff_id = diff_id.finish();

    const oci::Platform platform = oci::platform_of(base::host_architecture());
    json::Value config = {
        {"architecture", platform.architecture},
        {"os", platform.os},
        {"config", {{"Labels", labels}, {"Cmd", json::Value::array({"/bin/sh"})}}},
        {"rootfs",
         {{"type", "layers"}, {"diff_ids", json::Value::array({oci::to_string(layer.diff_id)})}}},
        {"history", history_of(history)},
    };
    if (!platform.variant.empty()) {
        config["variant"] = platform.variant;
    }
    if (!history.empty()) {
        config["created"] = oci_time(history.back().time);
    }
    oci::PinnedImage image;
    image.config = document(oci::media_type::oci_config, config, blobs);
    const json::Value manifest = {
        {"schemaVersion", 2},
        {"mediaType", oci::media_type::oci_manifest},
        {"config",
         descriptor(image.config.media_type, image.config.digest, image.config.bytes.size())},
        {"layers",
         json::Value::array(
             {descriptor(layer.blob.media_type, layer.blob.digest, layer.blob.size)})},
        {"annotations", labels},
    };
    image.manifest = document(oci::media_type::oci_manifest, manifest, blobs);
    image.layers.push_back(std::move(layer));
    return image;
}

void write_tar_file(
    const NewFile& file,
    bool is_compressed,
    const root::Root& root,
    const tree::Inventory& inventory,
    const base::Context& context) {
    const base::UniqueFd fd =
        base::open_at(AT_FDCWD, file.temporary(), O_WRONLY | O_CREAT | O_EXCL, 0644);
    const WriteBytes write = [&](std::span<const std::byte> bytes) {
        base::write_all(fd.get(), bytes, file.temporary());
    };
    if (!is_compressed) {
        write_root_tar(root, inventory, write, context);
        return;
    }
    ParallelGzip gzip(write, context);
    write_root_tar(
        root, inventory, [&](std::span<const std::byte> bytes) { gzip.add(bytes); }, context);
    gzip.finish();
}

} // namespace

ExportTarget parse_export_target(std::string_view text) {
    ExportTarget target;
    bool is_known = false;
    for (const Ending& scheme : schemes) {
        if (text.starts_with(scheme.text)) {
            target = {scheme.form, std::string(text.substr(scheme.text.size()))};
            is_known = true;
            break;
        }
    }
    for (const Ending& ending : endings) {
        if (text.ends_with(ending.text) && !is_known) {
            target = {ending.form, std::string(text)};
            is_known = true;
        } else if (text.ends_with(ending.text) && target.form == ExportForm::tar) {
            // "tar:x.tar.gz" is compressed as its name says.
            target.form = ending.form == ExportForm::tar_gzip ? ending.form : target.form;
        }
    }
    if (!is_known || target.path.empty() || target.path.ends_with('/')) {
        throw base::UsageError(
            fmt::format("{}: what it should become is not clear", base::printable(text)))
            .set_hint("oci-archive:FILE, docker-archive:FILE, tar:FILE, or a name that ends in "
                      ".oci, .docker.tar, .tar or .tar.gz");
    }
    if (base::is_directory(target.path)) {
        throw base::UsageError(fmt::format("{} is a directory", target.path));
    }
    return target;
}

ExportOutcome export_image(
    const ImageStore& store,
    const std::string& name,
    const ExportTarget& target,
    const ExportOptions& options,
    const store::Store& blobs,
    const base::Context& context) {
    if (base::exists(target.path) && !options.force) {
        throw base::UsageError(fmt::format("there is a file {} already", target.path))
            .set_hint("--force replaces it");
    }
    const ImageLock lock =
        lock_image(store, name, LockKind::shared, "export", options.wait, context);
    const base::Activity activity(
        context.reporter,
        {.kind = base::ActivityKind::stage,
         .title = fmt::format("exporting {}", name),
         .parent = context.parent_activity});
    const root::Root root = store.open_root(name);
    const tree::Inventory inventory = read_inventory(root, store.own_directory(name), context);
    ExportOutcome outcome;
    outcome.entries = inventory.entries().size();
    NewFile file(target.path);
    if (target.form == ExportForm::tar || target.form == ExportForm::tar_gzip) {
        write_tar_file(file, target.form == ExportForm::tar_gzip, root, inventory, context);
    } else {
        const store::WorkDirectory in_use = blobs.make_work_directory();
        const std::vector<HistoryEntry> history = read_history(store.own_directory(name));
        const oci::PinnedImage image = make_container_image(
            root, inventory, labels_of(name, history, options), history, blobs, context);
        const root::Root directory = root::Root::open(file.directory());
        oci::write_image(
            image,
            target.form == ExportForm::oci_archive ? naming::ArchiveFormat::oci_archive
                                                   : naming::ArchiveFormat::docker_archive,
            {directory, file.name(), fmt::format("localhost/{}:latest", base::to_lower(name))},
            blobs,
            context);
        outcome.digest = oci::to_string(image.manifest.digest);
    }
    outcome.size = file.publish();
    return outcome;
}

} // namespace imgbuild::images
