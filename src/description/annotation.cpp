// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "description/reference.hpp"

namespace imgbuild::description {

namespace {

/// Takes the sentence that begins with `word` out of the text: what is between the word and the full
/// stop that ends it.
std::string take_sentence(std::string& text, std::string_view word) {
    const std::size_t start = text.find(word);
    if (start == std::string::npos) {
        return {};
    }
    const std::size_t content = start + word.size();
    const std::size_t stop = std::min(text.find(". ", content), text.size() - 1);
    std::string sentence = text.substr(content, stop - content);
    text.erase(start, std::min(stop + 2, text.size()) - start);
    text = std::string(base::trim(text));
    return sentence;
}

} // namespace

Annotation parse_annotation(std::string_view documentation) {
    Annotation annotation;
    std::string_view rest = base::trim(documentation);
    const std::size_t bracket = rest.rfind('[');
    if (bracket != rest.npos && !rest.empty() && rest.back() == ']') {
        annotation.state = rest.substr(bracket + 1, rest.size() - bracket - 2);
        rest = base::trim(rest.substr(0, bracket));
    }
    annotation.text = rest;
    annotation.default_value = take_sentence(annotation.text, "Default: ");
    annotation.example = take_sentence(annotation.text, "Example: ");
    return annotation;
}

} // namespace imgbuild::description
