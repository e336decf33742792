// SPDX-License-Identifier: Apache-2.0
#include "xml/text_edits.hpp"

#include <algorithm>
#include <utility>

namespace imgbuild::xml {

LineMap::LineMap(std::string_view text)
    : text_(text)
    , starts_({0}) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_lone_return =
            text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n');
        if (text[i] == '\n' || is_lone_return) {
            starts_.push_back(i + 1);
        }
    }
}

std::size_t LineMap::offset(Mark mark) const {
    const auto line = static_cast<std::size_t>(mark.line - 1);
    if (mark.line < 1 || line >= starts_.size()) {
        return text_.size();
    }
    std::size_t at = starts_[line];
    for (std::int32_t column = 1; column < mark.column && at < text_.size(); ++column) {
        do {
            ++at;
        } while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0U) == 0x80U);
    }
    return at;
}

void EditCollector::replace(std::size_t start, std::size_t end, std::string text) {
    if (text_.substr(start, end - start) != text) {
        edits_.push_back({start, end, std::move(text)});
    }
}

void EditCollector::insert(std::size_t at, std::string text) {
    // Several at one place follow each other.
    if (!edits_.empty() && edits_.back().start == at && edits_.back().end == at) {
        edits_.back().text += text;
    } else {
        edits_.push_back({at, at, std::move(text)});
    }
}

void EditCollector::remove(std::size_t start, std::size_t end) {
    edits_.push_back({start, end, {}});
}

void EditCollector::remove_lines(std::size_t start, std::size_t end) {
    std::size_t from = start;
    while (from > 0 && (text_[from - 1] == ' ' || text_[from - 1] == '\t')) {
        --from;
    }
    std::size_t to = end;
    while (to < text_.size() && (text_[to] == ' ' || text_[to] == '\t' || text_[to] == '\r')) {
        ++to;
    }
    const bool is_alone =
        (from == 0 || text_[from - 1] == '\n') && to < text_.size() && text_[to] == '\n';
    if (is_alone) {
        remove(from, to + 1);
    } else {
        remove(start, end);
    }
}

std::string apply_edits(std::string_view text, std::vector<TextEdit> edits) {
    std::stable_sort(edits.begin(), edits.end(), [](const TextEdit& a, const TextEdit& b) {
        return std::pair(a.start, a.end) < std::pair(b.start, b.end);
    });
    edits.erase(std::unique(edits.begin(), edits.end()), edits.end());
    std::string result;
    std::size_t done = 0;
    for (const TextEdit& edit : edits) {
        if (edit.start < done) {
            continue;
        }
        result += text.substr(done, edit.start - done);
        result += edit.text;
        done = edit.end;
    }
    return result.append(text.substr(done));
}

} // namespace imgbuild::xml
