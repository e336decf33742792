// SPDX-License-Identifier: Apache-2.0
#include "oci/files_source.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "naming/image_name.hpp"
#include "oci/document_reader.hpp"

#include <fmt/format.h>

#include <utility>

namespace imgbuild::oci {

FilesSource::FilesSource(
    std::string name, std::unique_ptr<ImageFiles> files, const store::Store& store)
    : name_(std::move(name))
    , files_(std::move(files))
    , store_(store) {}

std::string FilesSource::read_blob(const Descriptor& blob) const {
    const std::string path = path_of(blob);
    std::optional<std::string> text = read_document(*files_, path);
    if (!text) {
        refuse_document("", path + " is missing");
    }
    return std::move(*text);
}

PinnedImage FilesSource::resolve(const Platform& platform, const base::Context& context) {
    base::throw_if_stopped(context.stop);
    PinnedImage image = base::with_context(
        [this] { return name_; },
        [&] {
            return pin_image(
                root(platform, context), platform, store_, [this](const Descriptor& blob) {
                    return read_blob(blob);
                });
        });
    image.reference = name_;
    if (!known_name().empty()) {
        take_name(image, context);
    }
    return image;
}

/// Names inside archives are free text.
void FilesSource::take_name(PinnedImage& image, const base::Context& context) const {
    try {
        const naming::ImageName known = naming::parse_image_name(known_name());
        image.repository = known.repository();
        image.tag = known.tag;
    } catch (const base::UsageError& error) {
        context.reporter.message(
            base::LogLevel::warning,
            fmt::format("{}: the name it has inside does not count: {}", name_, error.what()));
    }
}

std::unique_ptr<BlobStream> FilesSource::open_local(const Descriptor& blob) const {
    if (files_->are_in_store()) {
        return nullptr;
    }
    const std::string path = path_of(blob);
    std::optional<ImageFiles::File> file = files_->open(path);
    // What is missing is said by `bring`.
    return file ? std::make_unique<FileBlobStream>(
                      std::move(*file), blob, fmt::format("{}: {}", name_, path))
                : nullptr;
}

void FilesSource::bring(
    const std::vector<BlobOrder>& orders, const std::string& title, const base::Context& context) {
    constexpr std::size_t piece = std::size_t{256} << 10U;
    std::uint64_t total = 0;
    for (const BlobOrder& order : orders) {
        total += order.blob.size;
    }
    base::Activity activity(
        context.reporter,
        {base::ActivityKind::transfer, title, "bytes", total, context.parent_activity});
    std::vector<std::byte> buffer(piece);
    for (const BlobOrder& order : orders) {
        const std::string path = path_of(order.blob);
        const std::optional<ImageFiles::File> file = files_->open(path);
        if (!file) {
            refuse_document(name_, path + " is missing");
        }
        base::with_context(
            [this] { return name_; },
            [&] {
                std::uint64_t offset = 0;
                while (const std::size_t count = file->read(buffer, offset, path)) {
                    base::throw_if_stopped(context.stop);
                    order.receiver->write(std::span(buffer).first(count));
                    offset += count;
                    activity.advance(count);
                }
                order.receiver->complete();
            });
    }
}

} // namespace imgbuild::oci
