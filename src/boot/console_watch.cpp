// SPDX-License-Identifier: Apache-2.0
#include "boot/console_watch.hpp"

namespace imgbuild::boot {

namespace {

constexpr std::size_t kept_lines = 30;
constexpr std::size_t longest_line = 4096;

} // namespace

bool ConsoleWatch::add(std::string_view bytes) {
    for (const char c : bytes) {
        switch (state_) {
        case State::text:
            if (c == '\x1b') {
                state_ = State::escape;
            } else {
                add_plain(c);
            }
            break;
        case State::escape:
            state_ = c == '[' ? State::sequence : State::text;
            break;
        case State::sequence:
            if (c >= '@' && c <= '~') {
                state_ = State::text;
            }
            break;
        }
    }
    return !found_.empty();
}

void ConsoleWatch::add_plain(char c) {
    if (c == '\n' || line_.size() >= longest_line) {
        lines_.push_back(std::move(line_));
        line_.clear();
        if (lines_.size() > kept_lines) {
            lines_.pop_front();
        }
    }
    if (c == '\n' || c == '\r') {
        return;
    }
    line_ += c;
    if (!found_.empty()) {
        return;
    }
    for (const std::string& text : texts_) {
        // Only what the new character completes can be new.
        if (line_.size() >= text.size() &&
            line_.compare(line_.size() - text.size(), text.size(), text) == 0) {
            found_ = text;
            return;
        }
    }
}

std::vector<std::string> ConsoleWatch::last_lines() const {
    std::vector<std::string> lines(lines_.begin(), lines_.end());
    if (!line_.empty()) {
        lines.push_back(line_);
    }
    if (lines.size() > kept_lines) {
        lines.erase(lines.begin());
    }
    return lines;
}

} // namespace imgbuild::boot
