// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "base/unique_fd.hpp"
#include "build/build_log.hpp"
#include "build/build_options.hpp"
#include "build/build_result.hpp"
#include "build/inputs.hpp"
#include "build/plan.hpp"
#include "build/result_directory.hpp"
#include "check/bootability.hpp"
#include "crypto/digest.hpp"

#include <functional>
#include <string>
#include <vector>

namespace imgbuild::build {

/// Makes the files of the result directory from finished layers: checks the root, packs it, copies the
/// kernel out, writes the lists. Refers to objects that outlive it.
class ImageWriter {
public:
    ImageWriter(
        const BuildOptions& options,
        const Inputs& inputs,
        const Plan& plan,
        const package::PackageManager& manager,
        const store::Store& store,
        const BuildLog& log,
        const base::Context& context);

    /// @param result has the stages so far; artifacts, kernel, warnings and the pack stage are added.
    /// @param seconds_so_far of the pack stage, asked for when the result is written.
    void write(
        ResultDirectory& target,
        BuildResult& result,
        const std::function<double()>& seconds_so_far);

private:
    /// Whose digest the next build need not compute.
    struct WrittenFile {
        base::UniqueFd fd;
        std::string name;
        crypto::Digest digest;
    };

    void check(const std::vector<check::Finding>& findings) const;
    void add(BuildResult& result, const std::string& name, const std::string& kind);
    std::string name_with(const std::string& ending) const;

    const BuildOptions& options_;
    const Inputs& inputs_;
    const Plan& plan_;
    const package::PackageManager& manager_;
    const store::Store& store_;
    const BuildLog& log_;
    const base::Context& context_;
    std::string staging_;
    std::vector<WrittenFile> written_;
};

/// kiwi's .packages: a line a package, fields separated by "|".
std::string packages_text(const std::vector<package::InstalledPackage>& packages);

} // namespace imgbuild::build
