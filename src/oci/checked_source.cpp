// SPDX-License-Identifier: Apache-2.0
#include "oci/checked_source.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <utility>

namespace imgbuild::oci {

CheckedSource::CheckedSource(
    std::unique_ptr<ImageSource> source,
    std::string name,
    config::Policy policy,
    TrustSubject subject,
    std::string signature_directory,
    const store::Store& store)
    : source_(std::move(source))
    , name_(std::move(name))
    , policy_(std::move(policy))
    , subject_(std::move(subject))
    , signature_directory_(std::move(signature_directory))
    , store_(store) {}

std::vector<std::string> CheckedSource::read_signatures() const {
    std::vector<std::string> signatures;
    for (unsigned number = 1; number <= signature_limit && !signature_directory_.empty();
         ++number) {
        const std::string path =
            base::join_path(signature_directory_, "signature-" + std::to_string(number));
        if (!base::exists(path)) {
            break;
        }
        signatures.push_back(base::read_file(path, signature_size_limit));
    }
    return signatures;
}

PinnedImage CheckedSource::resolve(const Platform& platform, const base::Context& context) {
    PinnedImage image = source_->resolve(platform, context);
    const SignatureReader reader = {
        [this](const crypto::Digest&) { return read_signatures(); },
        [](const crypto::Digest&) { return std::vector<SigstoreSignature>(); }};
    image.trust = base::with_context(
        [this] { return name_; },
        [&] { return check_trust(policy_, subject_, image, reader, store_, context); });
    return image;
}

void CheckedSource::bring(
    const std::vector<BlobOrder>& orders, const std::string& title, const base::Context& context) {
    source_->bring(orders, title, context);
}

} // namespace imgbuild::oci
