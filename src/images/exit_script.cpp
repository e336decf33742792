// SPDX-License-Identifier: Apache-2.0
#include "images/exit_script.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/exit_status.hpp"
#include "build/script_environment.hpp"
#include "root/sandbox.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace imgbuild::images {

namespace {

/// A request to stop that comes by itself after some time, or when an outer one does.
class TimeLimit {
public:
    TimeLimit(std::chrono::seconds limit, const std::stop_token& outer)
        : from_outer_(outer, [this] { source_.request_stop(); })
        , thread_([this, limit](const std::stop_token& own) {
            std::unique_lock lock(mutex_);
            const bool was_ended =
                changed_.wait_for(lock, own, limit, [&own] { return own.stop_requested(); });
            if (!was_ended) {
                is_over_ = true;
                source_.request_stop();
            }
        }) {}

    TimeLimit(const TimeLimit&) = delete;
    TimeLimit& operator=(const TimeLimit&) = delete;
    ~TimeLimit() = default;

    std::stop_token token() const { return source_.get_token(); }

    bool is_over() {
        const std::lock_guard lock(mutex_);
        return is_over_;
    }

private:
    std::stop_source source_;
    std::stop_callback<std::function<void()>> from_outer_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool is_over_ = false;
    // Last: it uses the rest until it is joined.
    std::jthread thread_;
};

std::optional<std::string> find_script(const root::Root& root) {
    for (const char* const path :
         {"etc/warewulf/image_exit.sh", "etc/warewulf/container_exit.sh"}) {
        const std::optional<struct stat> status = root.target_status(path);
        if (!status) {
            continue;
        }
        if (!S_ISREG(status->st_mode)) {
            throw base::Error(
                fmt::format("/{} in {} is not a file", path, root.name()), base::ExitCode::script);
        }
        return std::string("/") + path;
    }
    return std::nullopt;
}

} // namespace

bool run_exit_script(
    const ImageStore& store,
    const std::string& name,
    std::chrono::seconds limit,
    const base::Context& context) {
    const std::optional<std::string> script = find_script(store.open_root(name));
    if (!script) {
        return false;
    }
    const base::Activity activity(
        context.reporter,
        {.kind = base::ActivityKind::stage,
         .title = fmt::format("running {}", *script),
         .parent = context.parent_activity});
    TimeLimit time_limit(limit, context.stop);
    base::Context limited = {
        context.reporter, context.pool, time_limit.token(), context.parent_activity};
    root::SandboxResult result;
    try {
        result =
            root::Sandbox(store.real_root_path(name))
                .run(
                    {
                        .argv = {"/bin/sh", *script},
                        .environment = build::command_environment(),
                        .skip_sync = false,
                        .on_output = [&](std::string_view line) { context.reporter.output(line); },
                    },
                    limited);
    } catch (const base::Interrupted&) {
        if (!time_limit.is_over()) {
            throw;
        }
        throw base::Error(
            fmt::format("{} of the image {} ran longer than {} s", *script, name, limit.count()),
            base::ExitCode::script)
            .set_hint("it was ended; --exit-timeout gives it more time");
    }
    if (result.status != 0) {
        throw base::Error(
            fmt::format(
                "{} of the image {} {}", *script, name, base::exit_status_text(result.status)),
            base::ExitCode::script)
            .set_details(result.last_lines);
    }
    return true;
}

} // namespace imgbuild::images
