// SPDX-License-Identifier: Apache-2.0
#include "description/include.hpp"

#include "base/diagnostic.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "description/beside.hpp"
#include "description/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace imgbuild::description {

namespace {

/// Files may include others, which may include others: without a bound a few lines name millions.
constexpr std::size_t most_files = 500;
constexpr std::size_t most_bytes = std::size_t{64} << 20U;

constexpr std::string_view scheme = "file://";

constexpr std::size_t deepest_chain = 20;

[[noreturn]] void
refuse(std::string code, std::string message, const NamedItem& from, std::string hint) {
    throw base::DescriptionError({base::Diagnostic{
        .code = std::move(code),
        .message = std::move(message),
        .position = from.position,
        .end_column = from.position.column + count_characters(from.name) - 1,
        .hint = std::move(hint)}});
}

std::string_view without_scheme(std::string_view from) {
    return from.substr(0, scheme.size()) == scheme ? from.substr(scheme.size()) : from;
}

class Includer {
public:
    Includer(const std::string& file, const FileReader& read)
        : directory_(directory_of(file))
        , read_(read)
        , open_({file}) {}

    void expand(xml::Document& document) {
        for (const xml::Element& element : document.root().children("include")) {
            const NamedItem from = read_word(element, "from");
            if (from.name.empty()) {
                continue;
            }
            const Source source = find(from);
            if (source.state == SourceState::there) {
                document.replace(element, part(source.path, from));
            }
        }
    }

private:
    Source find(const NamedItem& from) const {
        Source source = find_source(directory_, std::string(without_scheme(from.name)));
        if (source.state == SourceState::outside) {
            refuse(
                "E281",
                fmt::format("{} lies outside of the description's directory", from.name),
                from,
                fmt::format("put a copy beside {}", open_.front()));
        }
        if (source.state == SourceState::not_a_file) {
            refuse("E282", fmt::format("{} is no file", base::printable(source.path)), from, "");
        }
        return source;
    }

    xml::Document part(const std::string& path, const NamedItem& from) {
        const auto same = std::find_if(open_.begin(), open_.end(), [&](const std::string& open) {
            return base::try_real_path(open) == base::try_real_path(path);
        });
        if (same != open_.end()) {
            const std::vector<std::string> chain(same, open_.end());
            refuse(
                "E283",
                fmt::format(
                    "the file includes itself: {} → {}",
                    base::printable(base::join(chain, " → ")),
                    base::printable(chain.front())),
                from,
                "remove one of the <include> elements");
        }
        std::string text = read_(path);
        bytes_ += text.size();
        if (++files_ > most_files || bytes_ > most_bytes || open_.size() > deepest_chain) {
            refuse(
                "E284",
                fmt::format(
                    "the description includes more than {} files or {}, or more than {} deep",
                    most_files,
                    base::format_bytes(most_bytes),
                    deepest_chain),
                from,
                "look for files that include others several times");
        }
        xml::Document document = xml::Document::parse(std::move(text), path);
        if (document.root().name() != "image") {
            refuse(
                "E285",
                fmt::format(
                    "the outermost element of {} is <{}>, not <image>",
                    base::printable(path),
                    document.root().name()),
                from,
                "write <image> around what is included; it needs no attributes");
        }
        open_.push_back(path);
        expand(document);
        open_.pop_back();
        return document;
    }

    std::string directory_;
    const FileReader& read_;
    /// The chain of files that are being read, the description first.
    std::vector<std::string> open_;
    std::size_t files_ = 0;
    std::size_t bytes_ = 0;
};

} // namespace

std::string included_path(const std::string& directory, const std::string& from) {
    return find_source(directory, std::string(without_scheme(from))).path;
}

void expand_includes(xml::Document& document, const FileReader& read) {
    if (document.root().name() == "image") {
        Includer(document.file(), read).expand(document);
    }
}

} // namespace imgbuild::description
