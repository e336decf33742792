// SPDX-License-Identifier: Apache-2.0
#include "oci/blob_fetch.hpp"

#include "base/bounded_queue.hpp"
#include "base/cancel.hpp"
#include "base/error.hpp"
#include "oci/arriving_blob.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <thread>
#include <utility>

namespace imgbuild::oci {

namespace {

/// A blob that was in the store before. What an earlier process proved is proved again.
class StoredStream final : public BlobStream {
public:
    StoredStream(const store::Store& store, const Descriptor& blob)
        : store_(store)
        , digest_(blob.digest)
        , file_(
              {store.open_blob(blob.digest), blob.size},
              blob,
              fmt::format("blob {} in the store {}", to_string(blob.digest), store.path())) {}

    std::size_t read(std::span<std::byte> buffer) override {
        try {
            return file_.read(buffer);
        } catch (base::IntegrityError& error) {
            store_.set_blob_aside(digest_);
            error.set_hint("the damaged blob was set aside; run the command again to get it anew");
            throw;
        }
    }

private:
    const store::Store& store_;
    const crypto::Digest digest_;
    FileBlobStream file_;
};

/// The store has it, and its length is right; a stump is set aside.
bool is_in_store(const store::Store& store, const Descriptor& blob) {
    if (!store.has_blob(blob.digest)) {
        return false;
    }
    const base::UniqueFd fd = store.open_blob(blob.digest);
    struct stat status = {};
    if (::fstat(fd.get(), &status) == 0 &&
        static_cast<std::uint64_t>(status.st_size) == blob.size) {
        return true;
    }
    store.set_blob_aside(blob.digest);
    return false;
}

} // namespace

struct BlobFetch::State {
    State(
        ImageSource& its_source,
        const store::Store& its_store,
        std::vector<Descriptor> its_blobs,
        const base::Context& callers,
        LocalBlobs local)
        : source(its_source)
        , store(its_store)
        , blobs(std::move(its_blobs))
        , stop_with_caller(callers.stop, [this] { stop.request_stop(); })
        , context{callers.reporter, callers.pool, stop.get_token(), callers.parent_activity} {
        for (const Descriptor& blob : blobs) {
            if (local == LocalBlobs::read_in_place && source.open_local(blob) != nullptr) {
                in_place.insert(blob.digest);
            } else if (arriving.count(blob.digest) == 0 && !is_in_store(store, blob)) {
                arriving.try_emplace(
                    blob.digest, progress, store, blob, [this](ArrivingBlob& whole) {
                        (void)complete.push(&whole);
                    });
            }
        }
    }

    State(const State&) = delete;
    State& operator=(const State&) = delete;

    ~State() {
        stop.request_stop();
        for (std::thread* const thread : {&bringer, &publisher}) {
            if (thread->joinable()) {
                thread->join();
            }
        }
    }

    void start(const std::string& title) {
        if (arriving.empty()) {
            progress.end(nullptr);
            return;
        }
        std::vector<BlobOrder> orders;
        for (const Descriptor& blob : blobs) {
            const auto found = arriving.find(blob.digest);
            const bool is_ordered =
                std::any_of(orders.begin(), orders.end(), [&blob](const BlobOrder& order) {
                    return order.blob.digest == blob.digest;
                });
            if (found != arriving.end() && !is_ordered) {
                orders.push_back({blob, &found->second});
            }
        }
        publisher = std::thread([this] { publish_complete(); });
        bringer = std::thread([this, orders = std::move(orders), title] { bring(orders, title); });
    }

    void bring(const std::vector<BlobOrder>& orders, const std::string& title) noexcept {
        try {
            source.bring(orders, title, context);
        } catch (...) {
            progress.fail(std::current_exception());
        }
        complete.close();
    }

    /// On a thread of its own: waiting for the disk must not hold up what still arrives.
    void publish_complete() noexcept {
        try {
            while (const std::optional<ArrivingBlob*> blob = complete.pop()) {
                (*blob)->publish();
            }
            progress.end(nullptr);
        } catch (...) {
            complete.close();
            stop.request_stop();
            progress.end(std::current_exception());
        }
    }

    ImageSource& source;
    const store::Store& store;
    const std::vector<Descriptor> blobs;
    std::stop_source stop;
    std::stop_callback<std::function<void()>> stop_with_caller;
    const base::Context context;
    FetchProgress progress;
    std::set<crypto::Digest> in_place;
    std::map<crypto::Digest, ArrivingBlob> arriving;
    base::BoundedQueue<ArrivingBlob*> complete{layer_limit + 1};
    std::thread publisher;
    std::thread bringer;
};

BlobFetch::BlobFetch(
    ImageSource& source,
    const store::Store& store,
    std::vector<Descriptor> blobs,
    std::string title,
    const base::Context& context,
    LocalBlobs local)
    : state_(std::make_unique<State>(source, store, std::move(blobs), context, local)) {
    state_->start(title);
}

BlobFetch::~BlobFetch() = default;

std::unique_ptr<BlobStream> BlobFetch::open(std::size_t index) {
    const Descriptor& blob = state_->blobs.at(index);
    if (state_->in_place.contains(blob.digest)) {
        return state_->source.open_local(blob);
    }
    const auto found = state_->arriving.find(blob.digest);
    if (found == state_->arriving.end()) {
        return std::make_unique<StoredStream>(state_->store, blob);
    }
    return found->second.open();
}

void BlobFetch::wait() {
    state_->progress.wait_for_end();
}

std::vector<Descriptor> layer_blobs(const PinnedImage& image, std::size_t first) {
    std::vector<Descriptor> blobs;
    for (std::size_t i = first; i < image.layers.size(); ++i) {
        blobs.push_back(image.layers[i].blob);
    }
    return blobs;
}

} // namespace imgbuild::oci
