// SPDX-License-Identifier: Apache-2.0
#include "root/terminal.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

namespace imgbuild::root {

namespace {

class RawMode {
public:
    RawMode() {
        if (::tcgetattr(STDIN_FILENO, &old_) != 0) {
            base::throw_errno("reading the terminal's settings");
        }
        termios raw = old_;
        ::cfmakeraw(&raw);
        if (::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0) {
            base::throw_errno("changing the terminal's settings");
        }
    }

    RawMode(const RawMode&) = delete;
    RawMode& operator=(const RawMode&) = delete;

    ~RawMode() { ::tcsetattr(STDIN_FILENO, TCSADRAIN, &old_); }

private:
    termios old_ = {};
};

class Relay {
public:
    Relay(process::Child& child, base::UniqueFd controller)
        : child_(child)
        , controller_(std::move(controller)) {}

    void run(int stop_event);

private:
    void follow_window_size();
    void read_keys();
    void send_keys();
    bool copy_output();

    process::Child& child_;
    base::UniqueFd controller_;
    winsize size_ = {};
    std::string keys_;
    bool keys_may_come_ = true;
};

void Relay::follow_window_size() {
    const std::optional<winsize> now = window_size();
    if (now && (now->ws_row != size_.ws_row || now->ws_col != size_.ws_col)) {
        size_ = *now;
        ::ioctl(controller_.get(), TIOCSWINSZ, &size_);
    }
}

void Relay::read_keys() {
    std::array<char, 4096> buffer;
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got > 0) {
        keys_.assign(buffer.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EINTR) {
        keys_may_come_ = false;
    }
}

void Relay::send_keys() {
    const ssize_t sent = ::write(controller_.get(), keys_.data(), keys_.size());
    if (sent > 0) {
        keys_.erase(0, static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
        keys_.clear();
    }
}

/// @returns false once the command's side is closed.
bool Relay::copy_output() {
    std::array<char, 65536> buffer;
    const ssize_t got = ::read(controller_.get(), buffer.data(), buffer.size());
    if (got > 0) {
        base::write_all(
            STDOUT_FILENO,
            std::string_view(buffer.data(), static_cast<std::size_t>(got)),
            "the terminal");
        return true;
    }
    return got < 0 && (errno == EINTR || errno == EAGAIN);
}

void Relay::run(int stop_event) {
    // The window's size is asked for now and then: its signal belongs to the whole program.
    constexpr int size_interval_ms = 200;
    bool output_is_open = true;
    for (;;) {
        follow_window_size();
        const bool wants_keys = keys_may_come_ && keys_.empty();
        const auto controller_events =
            static_cast<short>(keys_.empty() ? POLLIN : POLLIN | POLLOUT);
        std::array<pollfd, 4> waited = {{
            {wants_keys ? STDIN_FILENO : -1, POLLIN, 0},
            {output_is_open ? controller_.get() : -1, controller_events, 0},
            {child_.handle(), POLLIN, 0},
            {stop_event, POLLIN, 0},
        }};
        if (::poll(waited.data(), waited.size(), size_interval_ms) < 0 && errno != EINTR) {
            base::throw_errno("waiting for the terminal");
        }
        if (waited[3].revents != 0) {
            throw base::Interrupted();
        }
        if (waited[0].revents != 0) {
            read_keys();
        }
        if (!keys_.empty() && output_is_open) {
            send_keys();
        }
        if ((waited[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
            output_is_open = copy_output();
        } else if (waited[2].revents != 0) {
            return;
        }
    }
}

} // namespace

std::optional<winsize> window_size() {
    winsize size = {};
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1 ||
        ::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0) {
        return std::nullopt;
    }
    return size;
}

void relay_terminal(process::Child& child, base::UniqueFd controller, int stop_event) {
    const RawMode raw;
    Relay(child, std::move(controller)).run(stop_event);
}

} // namespace imgbuild::root
