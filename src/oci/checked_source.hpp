// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/image_source.hpp"
#include "oci/trust.hpp"

#include <memory>
#include <string>

namespace imgbuild::oci {

/// Lets an image of files in only if the policy does.
class CheckedSource final : public ImageSource {
public:
    /// @param name the whole reference, for messages.
    /// @param signature_directory where "signature-1" and so on may lie; "": such images have no signatures.
    CheckedSource(
        std::unique_ptr<ImageSource> source,
        std::string name,
        config::Policy policy,
        TrustSubject subject,
        std::string signature_directory,
        const store::Store& store);

    PinnedImage resolve(const Platform& platform, const base::Context& context) override;

    std::unique_ptr<BlobStream> open_local(const Descriptor& blob) const override {
        return source_->open_local(blob);
    }

    void bring(
        const std::vector<BlobOrder>& orders,
        const std::string& title,
        const base::Context& context) override;

private:
    std::vector<std::string> read_signatures() const;

    std::unique_ptr<ImageSource> source_;
    std::string name_;
    config::Policy policy_;
    TrustSubject subject_;
    std::string signature_directory_;
    const store::Store& store_;
};

} // namespace imgbuild::oci
