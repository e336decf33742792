// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * A description: read, valid for the schema, ready to be narrowed to what one build makes.
 */
#pragma once

#include "base/diagnostic.hpp"
#include "description/model.hpp"
#include "description/request.hpp"
#include "description/selection.hpp"

#include <string>
#include <vector>

namespace imgbuild::description {

class Description {
public:
    /// Reads a description and validates it by the schema.
    /// @param path a file, or a directory that has a `config.xml` or else exactly one `*.kiwi`.
    /// @throws base::UsageError if there is no such file, or several that might be meant;
    ///         base::DescriptionError with all that is wrong.
    static Description load(const std::string& path);

    /// The same for text that is already there. @param file how positions name it; archives and
    /// scripts are looked up in its directory.
    static Description parse(std::string text, const std::string& file);

    const Model& model() const noexcept { return model_; }

    struct Evaluation {
        /// Usable for a build only if no diagnostic is an error.
        Request request;
        std::vector<base::Diagnostic> diagnostics;
    };

    /// What `selection` makes of this description, and what `check` finds.
    Evaluation evaluate(const Selection& selection) const;

    /// All that is wrong or worth knowing about this description as narrowed by `selection`, in the
    /// order of the file; the selection's own faults first. Looks at files beside the description.
    std::vector<base::Diagnostic> check(const Selection& selection) const;

    /// @throws base::DescriptionError if `check` finds errors.
    Request narrow(const Selection& selection) const;

private:
    explicit Description(Model model)
        : model_(std::move(model)) {}

    Model model_;
};

/// The file that `path` stands for: itself, or a directory's `config.xml`, else its only `*.kiwi`.
/// @throws base::UsageError naming what is missing or all that might be meant.
std::string find_description_file(const std::string& path);

} // namespace imgbuild::description
