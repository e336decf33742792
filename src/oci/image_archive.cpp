// SPDX-License-Identifier: Apache-2.0
#include "oci/image_archive.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "json/json.hpp"
#include "oci/tar_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <functional>
#include <set>
#include <utility>

namespace imgbuild::oci {

namespace {

using json::Value;

constexpr root::Attributes directory_attributes = {0755, 0, 0};
constexpr root::Attributes file_attributes = {0644, 0, 0};
constexpr std::string_view layout_text = R"({"imageLayoutVersion":"1.0.0"})";

/// Takes the files of an image one after the other.
class FileSink {
public:
    FileSink() = default;
    FileSink(const FileSink&) = delete;
    FileSink& operator=(const FileSink&) = delete;
    virtual ~FileSink() = default;

    virtual void directory(const std::string& name) = 0;
    virtual void file(const std::string& name, std::string_view content) = 0;
    /// @param copy calls its argument for each piece; together they are `size` bytes.
    virtual void file(
        const std::string& name,
        std::uint64_t size,
        const std::function<void(const TarWriter::Write&)>& copy) = 0;
};

class TarSink final : public FileSink {
public:
    explicit TarSink(TarWriter& tar)
        : tar_(tar) {}

    void directory(const std::string& name) override { tar_.add_directory(name + "/"); }

    void file(const std::string& name, std::string_view content) override {
        tar_.add_file(name, content);
    }

    void file(
        const std::string& name,
        std::uint64_t size,
        const std::function<void(const TarWriter::Write&)>& copy) override {
        tar_.begin_file(name, size);
        copy([this](std::span<const std::byte> bytes) { tar_.add_content(bytes); });
        tar_.end_file();
    }

private:
    TarWriter& tar_;
};

class DirectorySink final : public FileSink {
public:
    DirectorySink(const root::Root& root, std::string path)
        : root_(root)
        , path_(std::move(path)) {}

    void directory(const std::string& name) override {
        root_.make_directory(path_ + "/" + name, directory_attributes);
    }

    void file(const std::string& name, std::string_view content) override {
        root_.write(path_ + "/" + name, content, file_attributes);
    }

    void file(
        const std::string& name,
        std::uint64_t,
        const std::function<void(const TarWriter::Write&)>& copy) override {
        const std::string path = path_ + "/" + name;
        root_.write(path, "", file_attributes);
        const base::UniqueFd fd = root_.open_file(path, O_WRONLY | O_NOFOLLOW);
        copy([&](std::span<const std::byte> bytes) { base::write_all(fd.get(), bytes, path); });
    }

private:
    const root::Root& root_;
    std::string path_;
};

Value descriptor(const Document& document) {
    return {
        {"mediaType", document.media_type},
        {"digest", to_string(document.digest)},
        {"size", document.bytes.size()}};
}

/// Reads a layer's blob from the store and finds out whether it is what it should be.
void copy_blob(
    const Descriptor& blob,
    const store::Store& store,
    const base::Context& context,
    const TarWriter::Write& write) {
    const base::UniqueFd fd = store.open_blob(blob.digest);
    std::vector<std::byte> buffer(std::size_t{1} << 18U);
    crypto::Sha256 digest;
    std::uint64_t size = 0;
    for (;;) {
        base::throw_if_stopped(context.stop);
        const std::size_t got = base::read_at(fd.get(), buffer, size, "a layer in the store");
        if (got == 0) {
            break;
        }
        size += got;
        const auto bytes = std::span<const std::byte>(buffer).first(got);
        digest.update(bytes);
        write(bytes);
    }
    const crypto::Digest found = digest.finish();
    if (size != blob.size || found != blob.digest) {
        store.set_blob_aside(blob.digest);
        throw base::IntegrityError(
            "a layer in the store", to_string(blob.digest), to_string(found));
    }
}

/// An OCI layout: documents and layers by digest, and an index that names the image.
void write_layout(
    const PinnedImage& image,
    const std::string& name,
    FileSink& sink,
    const store::Store& store,
    const base::Context& context) {
    // What was asked for by the digest of a list keeps that digest, though only one of its images is here.
    const bool is_list_wanted =
        image.index &&
        image.reference.find("@" + to_string(image.index->digest)) != std::string::npos;
    Value entry = descriptor(is_list_wanted ? *image.index : image.manifest);
    if (!name.empty()) {
        entry["annotations"] = {{"org.opencontainers.image.ref.name", name}};
    }
    const Value index = {
        {"schemaVersion", 2},
        {"mediaType", media_type::oci_index},
        {"manifests", Value::array({entry})}};
    sink.file("oci-layout", layout_text);
    sink.file("index.json", json::dump_line(index));
    sink.directory("blobs");
    sink.directory("blobs/sha256");
    std::set<crypto::Digest> written;
    const auto is_new = [&](const crypto::Digest& digest) { return written.insert(digest).second; };
    const auto place = [](const crypto::Digest& digest) { return "blobs/sha256/" + digest.hex(); };
    std::vector<const Document*> documents = {&image.manifest, &image.config};
    if (is_list_wanted) {
        documents.insert(documents.begin(), &*image.index);
    }
    for (const Document* const document : documents) {
        if (is_new(document->digest)) {
            sink.file(place(document->digest), document->bytes);
        }
    }
    for (const Layer& layer : image.layers) {
        if (is_new(layer.blob.digest)) {
            sink.file(
                place(layer.blob.digest), layer.blob.size, [&](const TarWriter::Write& write) {
                    copy_blob(layer.blob, store, context, write);
                });
        }
    }
}

/// Calls `write` for each piece of a layer, decompressed. @returns its size.
std::uint64_t copy_decompressed(
    const PinnedImage& image,
    const Layer& layer,
    const store::Store& store,
    const base::Context& context,
    const TarWriter::Write& write) {
    const auto fd = std::make_shared<base::UniqueFd>(store.open_blob(layer.blob.digest));
    const auto blob = [fd, at = std::uint64_t{0}](std::span<std::byte> buffer) mutable {
        const std::size_t got = base::read_at(fd->get(), buffer, at, "a layer in the store");
        at += got;
        return got;
    };
    LayerStream stream(
        blob,
        image.reference + ": layer " + to_string(layer.blob.digest),
        {.size = layer.blob.size,
         .digest = layer.blob.digest,
         .diff_id = layer.diff_id,
         .most_bytes = expansion_limit(layer.blob.size)},
        context.stop);
    for (;;) {
        const std::span<const std::byte> piece = stream.next_piece();
        if (piece.empty()) {
            return stream.finish().diff_size;
        }
        write(piece);
    }
}

/// @param fd of a file that is empty: a layer's size is known when it was decompressed.
void write_docker_archive(
    const PinnedImage& image,
    const std::string& name,
    int fd,
    const std::string& path,
    const store::Store& store,
    const base::Context& context) {
    std::uint64_t position = 0;
    const auto write = [&](std::span<const std::byte> bytes) {
        base::write_all(fd, bytes, path);
        position += bytes.size();
    };
    TarWriter tar(write);
    Value layers = Value::array();
    std::set<crypto::Digest> written;
    for (const Layer& layer : image.layers) {
        const std::string file = layer.diff_id.hex() + ".tar";
        layers.push_back(file);
        if (!written.insert(layer.diff_id).second) {
            continue;
        }
        const std::uint64_t start = position;
        tar.begin_file(file, 0);
        const std::uint64_t size =
            copy_decompressed(image, layer, store, context, [&](std::span<const std::byte> bytes) {
                tar.add_content(bytes);
            });
        tar.end_file();
        const std::string header = TarWriter::header(file, '0', 0644, size);
        if (::pwrite(fd, header.data(), header.size(), static_cast<off_t>(start)) !=
            static_cast<ssize_t>(header.size())) {
            base::throw_errno(fmt::format("writing {}", path));
        }
    }
    const std::string config = image.config.digest.hex() + ".json";
    tar.add_file(config, image.config.bytes);
    const Value tags = name.empty() ? Value::array() : Value::array({name});
    const Value manifest =
        Value::array({{{"Config", config}, {"RepoTags", tags}, {"Layers", layers}}});
    tar.add_file("manifest.json", json::dump_line(manifest));
    tar.finish();
}

} // namespace

void write_image(
    const PinnedImage& image,
    naming::ArchiveFormat format,
    const ArchiveTarget& target,
    const store::Store& store,
    const base::Context& context) {
    const root::Root& root = target.root;
    const std::size_t slash = target.path.rfind('/');
    if (slash != std::string::npos && slash > 0) {
        root.make_directories(target.path.substr(0, slash), directory_attributes);
    }
    root.remove(target.path);
    if (format == naming::ArchiveFormat::oci_directory) {
        root.make_directory(target.path, directory_attributes);
        DirectorySink sink(root, target.path);
        write_layout(image, target.name, sink, store, context);
        return;
    }
    root.write(target.path, "", file_attributes);
    const base::UniqueFd fd = root.open_file(target.path, O_WRONLY | O_NOFOLLOW);
    if (format == naming::ArchiveFormat::docker_archive) {
        write_docker_archive(image, target.name, fd.get(), target.path, store, context);
        return;
    }
    TarWriter tar(
        [&](std::span<const std::byte> bytes) { base::write_all(fd.get(), bytes, target.path); });
    TarSink sink(tar);
    write_layout(image, target.name, sink, store, context);
    tar.finish();
}

} // namespace imgbuild::oci
