// SPDX-License-Identifier: Apache-2.0
#include "net/engine.hpp"

#include "base/cancel.hpp"
#include "base/deleter.hpp"
#include "base/failure.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace imgbuild::net {

namespace {

using Clock = std::chrono::steady_clock;
using MultiHandle = std::unique_ptr<CURLM, base::Deleter<curl_multi_cleanup>>;

/// Slower than this over a whole window is a stall.
constexpr std::uint64_t slowest_bytes_per_second = 100;

/// TLS writes to connections that may be closed, and curl can't keep SIGPIPE away in a program with
/// threads. Other signals are for the thread that waits for them.
void block_signals() noexcept {
    sigset_t all = {};
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

/// The transfers of one call. The flags are guarded by the engine's mutex, the rest belongs to the
/// engine's thread until `ended`.
struct Batch {
    std::vector<std::unique_ptr<Transfer>> transfers;
    std::size_t open = 0;
    std::exception_ptr failure;
    bool stop_requested = false;
    bool ended = false;
};

struct Waiting {
    Batch* batch = nullptr;
    std::unique_ptr<Transfer>* transfer = nullptr;
};

/// What goes to one server.
struct Lane {
    unsigned running = 0;
    std::deque<Waiting> waiting;
};

struct Running {
    Batch* batch = nullptr;
    std::unique_ptr<Transfer>* transfer = nullptr;
    Lane* lane = nullptr;
    /// In the multi handle; nullptr while it waits for another try.
    CURL* handle = nullptr;
    Clock::time_point due;
    /// The window in which enough bytes must come, in time that the engine spent waiting: while a
    /// sink is busy nobody can receive anything.
    std::chrono::nanoseconds window_start{0};
    std::uint64_t bytes_at_start = 0;
};

} // namespace

struct Engine::State {
    explicit State(const ClientOptions& options)
        : connections(std::max(1U, options.connections))
        , stall_timeout(options.stall_timeout) {
        if (!multi) {
            throw std::bad_alloc();
        }
        thread = std::thread([this] { work(); });
    }

    State(const State&) = delete;
    State& operator=(const State&) = delete;

    ~State() {
        {
            // Woken under the lock: once it is open the thread may do away with the multi handle.
            const std::lock_guard lock(mutex);
            closing = true;
            wake();
        }
        thread.join();
    }

    void wake() { (void)::curl_multi_wakeup(multi.get()); }

    void work() noexcept;
    bool take_orders();
    void start_due();
    void fill_lanes();
    void start(Running& running);
    void collect_finished();
    void check_stalls();
    void settle(std::list<Running>::iterator running, const Transfer::Verdict& verdict);
    void take_out(Running& running);
    void end_batch(Batch& batch, std::exception_ptr failure);
    void wait();

    /// Runs `action`; what it throws ends the batch of `running` (and makes the iterator invalid).
    template <typename Action>
    void guarded(Batch& batch, const Action& action) {
        if (std::exception_ptr failure = base::failure_of(action)) {
            end_batch(batch, std::move(failure));
        }
    }

    const unsigned connections;
    const std::chrono::nanoseconds stall_timeout;
    MultiHandle multi{::curl_multi_init()};

    std::mutex mutex;
    std::condition_variable batch_ended;
    std::vector<Batch*> orders;
    bool closing = false;

    // The engine's thread only.
    std::vector<Batch*> batches;
    std::map<std::string, Lane> lanes;
    std::list<Running> running;
    std::chrono::nanoseconds waited{0};

    std::thread thread;
};

void Engine::State::work() noexcept {
    block_signals();
    while (take_orders()) {
        int still_running = 0;
        (void)::curl_multi_perform(multi.get(), &still_running);
        collect_finished();
        check_stalls();
        start_due();
        fill_lanes();
        wait();
    }
    // Here and not by the destructor, since closing TLS connections writes.
    multi.reset();
}

/// @returns false when the engine is to end.
bool Engine::State::take_orders() {
    std::vector<Batch*> fresh;
    std::vector<Batch*> stopped;
    {
        const std::lock_guard lock(mutex);
        if (closing) {
            return false;
        }
        fresh.swap(orders);
        batches.insert(batches.end(), fresh.begin(), fresh.end());
        std::copy_if(batches.begin(), batches.end(), std::back_inserter(stopped), [](Batch* batch) {
            return batch->stop_requested;
        });
    }
    for (Batch* const batch : fresh) {
        for (std::unique_ptr<Transfer>& transfer : batch->transfers) {
            lanes[transfer->origin()].waiting.push_back({batch, &transfer});
        }
    }
    for (Batch* const batch : stopped) {
        end_batch(*batch, std::make_exception_ptr(base::Interrupted()));
    }
    return true;
}

void Engine::State::start_due() {
    const Clock::time_point now = Clock::now();
    const auto due = [now](const Running& one) { return one.handle == nullptr && one.due <= now; };
    // A start that fails ends its batch and so removes others from the list: look anew each time.
    for (auto one = std::find_if(running.begin(), running.end(), due); one != running.end();
         one = std::find_if(running.begin(), running.end(), due)) {
        guarded(*one->batch, [this, one] { start(*one); });
    }
}

void Engine::State::fill_lanes() {
    for (auto lane = lanes.begin(); lane != lanes.end();) {
        while (lane->second.running < connections && !lane->second.waiting.empty()) {
            const Waiting next = lane->second.waiting.front();
            lane->second.waiting.pop_front();
            ++lane->second.running;
            running.push_back({next.batch, next.transfer, &lane->second});
            guarded(*next.batch, [this] { start(running.back()); });
        }
        lane = lane->second.running == 0 ? lanes.erase(lane) : std::next(lane);
    }
}

void Engine::State::start(Running& one) {
    CURL* const handle = (*one.transfer)->start().handle();
    const CURLMcode code = ::curl_multi_add_handle(multi.get(), handle);
    if (code != CURLM_OK) {
        throw base::Error(fmt::format("starting a transfer: {}", ::curl_multi_strerror(code)));
    }
    one.handle = handle;
    one.window_start = waited;
    one.bytes_at_start = 0;
}

void Engine::State::take_out(Running& one) {
    if (one.handle != nullptr) {
        (void)::curl_multi_remove_handle(multi.get(), one.handle);
        one.handle = nullptr;
    }
}

void Engine::State::collect_finished() {
    int left = 0;
    while (const CURLMsg* const message = ::curl_multi_info_read(multi.get(), &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        // Removing the handle makes the message invalid.
        const CURLcode code = message->data.result;
        const CURL* const handle = message->easy_handle;
        const auto one =
            std::find_if(running.begin(), running.end(), [handle](const Running& entry) {
                return entry.handle == handle;
            });
        if (one == running.end()) {
            continue;
        }
        take_out(*one);
        guarded(*one->batch, [this, one, code] { settle(one, (*one->transfer)->finish(code)); });
    }
}

void Engine::State::check_stalls() {
    const auto is_over = [this](const Running& one) {
        return one.handle != nullptr && waited - one.window_start >= stall_timeout;
    };
    for (auto one = std::find_if(running.begin(), running.end(), is_over); one != running.end();
         one = std::find_if(running.begin(), running.end(), is_over)) {
        const std::uint64_t seen = (*one->transfer)->bytes_seen();
        const double seconds = std::chrono::duration<double>(stall_timeout).count();
        const double least = static_cast<double>(slowest_bytes_per_second) * seconds;
        if (static_cast<double>(seen - one->bytes_at_start) >= least) {
            one->window_start = waited;
            one->bytes_at_start = seen;
            continue;
        }
        take_out(*one);
        guarded(*one->batch, [this, one] { settle(one, (*one->transfer)->finish_stalled()); });
    }
}

void Engine::State::settle(std::list<Running>::iterator one, const Transfer::Verdict& verdict) {
    if (verdict.next == Transfer::Verdict::Next::again) {
        one->due = Clock::now() + verdict.delay;
        return;
    }
    Batch& batch = *one->batch;
    one->transfer->reset();
    --one->lane->running;
    running.erase(one);
    if (--batch.open == 0) {
        end_batch(batch, nullptr);
    }
}

void Engine::State::end_batch(Batch& batch, std::exception_ptr failure) {
    for (auto one = running.begin(); one != running.end();) {
        if (one->batch != &batch) {
            ++one;
            continue;
        }
        take_out(*one);
        --one->lane->running;
        one = running.erase(one);
    }
    for (auto& [origin, lane] : lanes) {
        std::erase_if(lane.waiting, [&batch](const Waiting& one) { return one.batch == &batch; });
    }
    batch.transfers.clear();
    std::erase(batches, &batch);
    const std::lock_guard lock(mutex);
    batch.failure = std::move(failure);
    batch.ended = true;
    batch_ended.notify_all();
}

void Engine::State::wait() {
    constexpr std::chrono::nanoseconds longest = std::chrono::seconds(60);
    const Clock::time_point now = Clock::now();
    std::chrono::nanoseconds timeout = longest;
    for (const Running& one : running) {
        const std::chrono::nanoseconds left =
            one.handle == nullptr ? one.due - now : stall_timeout - (waited - one.window_start);
        timeout = std::min(timeout, left);
    }
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    (void)::curl_multi_poll(
        multi.get(),
        nullptr,
        0,
        static_cast<int>(std::max<std::int64_t>(0, milliseconds)),
        nullptr);
    waited += Clock::now() - now;
}

Engine::Engine(const ClientOptions& options)
    : state_(std::make_unique<State>(options)) {}

Engine::~Engine() = default;

void Engine::run(std::vector<std::unique_ptr<Transfer>> transfers, const std::stop_token& stop) {
    base::throw_if_stopped(stop);
    if (transfers.empty()) {
        return;
    }
    Batch batch;
    batch.open = transfers.size();
    batch.transfers = std::move(transfers);
    State& state = *state_;
    {
        const std::lock_guard lock(state.mutex);
        state.orders.push_back(&batch);
    }
    state.wake();
    const std::stop_callback on_stop(stop, [&state, &batch] {
        {
            const std::lock_guard lock(state.mutex);
            batch.stop_requested = true;
        }
        state.wake();
    });
    std::unique_lock lock(state.mutex);
    state.batch_ended.wait(lock, [&batch] { return batch.ended; });
    lock.unlock();
    if (batch.failure) {
        std::rethrow_exception(batch.failure);
    }
}

} // namespace imgbuild::net
