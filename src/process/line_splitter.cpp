// SPDX-License-Identifier: Apache-2.0
#include "process/line_splitter.hpp"

#include <algorithm>
#include <utility>

namespace imgbuild::process {

LineSplitter::LineSplitter(std::function<void(std::string_view)> on_line, std::size_t longest)
    : on_line_(std::move(on_line))
    , longest_(longest) {}

void LineSplitter::add(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = std::min(bytes.find('\n'), bytes.size());
        const std::size_t taken = std::min(end, longest_ - pending_.size());
        pending_.append(bytes.substr(0, taken));
        bytes.remove_prefix(taken);
        const bool complete = !bytes.empty() && bytes.front() == '\n';
        if (complete) {
            bytes.remove_prefix(1);
        }
        if (complete || pending_.size() == longest_) {
            const std::string line = std::exchange(pending_, {});
            give_out(line);
        }
    }
}

void LineSplitter::finish() {
    if (!pending_.empty()) {
        const std::string line = std::exchange(pending_, {});
        give_out(line);
    }
}

void LineSplitter::give_out(std::string_view line) {
    while (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    line.remove_prefix(line.rfind('\r') + 1);
    if (last_.size() == kept_lines) {
        last_.pop_front();
    }
    last_.emplace_back(line);
    if (on_line_) {
        on_line_(line);
    }
}

} // namespace imgbuild::process
