// SPDX-License-Identifier: Apache-2.0
#include "base/cancel.hpp"
#include "fixture.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

using namespace imgbuild;
using oci::to_string;
using test::OciFixture;

namespace {

oci::Descriptor descriptor_of(const std::string& bytes) {
    return {"", crypto::sha256(bytes), bytes.size(), {}, {}, {}};
}

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// Does what a test tells it, instead of a registry.
class ScriptedSource final : public oci::ImageSource {
public:
    using Script = std::function<void(const std::vector<oci::BlobOrder>&, const base::Context&)>;

    explicit ScriptedSource(Script script)
        : script_(std::move(script)) {}

    oci::PinnedImage resolve(const oci::Platform&, const base::Context&) override { return {}; }

    void bring(
        const std::vector<oci::BlobOrder>& orders,
        const std::string&,
        const base::Context& context) override {
        script_(orders, context);
    }

private:
    Script script_;
};

/// Something that one thread waits for and another one gives.
class Signal {
public:
    void give() {
        const std::lock_guard lock(mutex_);
        given_ = true;
        changed_.notify_all();
    }

    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return given_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool given_ = false;
};

} // namespace

TEST_CASE_FIXTURE(OciFixture, "a blob is read while it arrives, and ends only when it is proved") {
    Signal half_read;
    ScriptedSource source([&](const std::vector<oci::BlobOrder>& orders, const base::Context&) {
        orders.at(0).receiver->write(bytes_of("hello, "));
        half_read.wait();
        orders.at(0).receiver->write(bytes_of("world"));
        orders.at(0).receiver->complete();
    });
    const oci::Descriptor blob = descriptor_of("hello, world");
    oci::BlobFetch fetch(source, store, {blob}, "test", context);
    const auto stream = fetch.open(0);
    std::array<std::byte, 7> start = {};
    CHECK(stream->read(start) == 7);
    CHECK(!store.has_blob(blob.digest));
    half_read.give();
    CHECK(test::read_whole(*stream) == "world");
    CHECK(stream->read(start) == 0);
    fetch.wait();
    CHECK(store.has_blob(blob.digest));
    CHECK(test::read_whole(*fetch.open(0)) == "hello, world");
}

TEST_CASE_FIXTURE(OciFixture, "a transfer that starts over goes on where the reader is") {
    ScriptedSource source([&](const std::vector<oci::BlobOrder>& orders, const base::Context&) {
        oci::BlobReceiver& receiver = *orders.at(0).receiver;
        receiver.write(bytes_of("hello"));
        receiver.restart();
        CHECK(receiver.received() == 0);
        receiver.write(bytes_of("hel"));
        receiver.write(bytes_of("lo, world"));
        receiver.complete();
    });
    oci::BlobFetch fetch(source, store, {descriptor_of("hello, world")}, "test", context);
    CHECK(test::read_whole(*fetch.open(0)) == "hello, world");
    fetch.wait();
}

TEST_CASE_FIXTURE(OciFixture, "wrong bytes reach no store, and their reader is told") {
    const oci::Descriptor blob = descriptor_of("hello, world");
    std::string sent;
    std::string cause;
    SUBCASE("another content") {
        sent = "hello, World";
        cause = fmt::format(
            "blob {0}: expected sha256 {1}, found sha256 {2}",
            to_string(blob.digest),
            blob.digest.hex(),
            crypto::sha256(sent).hex());
    }
    SUBCASE("too short") {
        sent = "hello";
        cause = fmt::format("blob {}: expected 12 bytes, found 5 bytes", to_string(blob.digest));
    }
    SUBCASE("too long") {
        sent = "hello, world!";
        cause = fmt::format(
            "blob {}: expected 12 bytes, found more than 12 bytes", to_string(blob.digest));
    }
    ScriptedSource source([&](const std::vector<oci::BlobOrder>& orders, const base::Context&) {
        orders.at(0).receiver->write(bytes_of(sent));
        orders.at(0).receiver->complete();
    });
    {
        oci::BlobFetch fetch(source, store, {blob}, "test", context);
        const auto stream = fetch.open(0);
        CHECK(test::error_of([&] { (void)test::read_whole(*stream); }) == cause);
        CHECK(test::error_of([&] { fetch.wait(); }) == cause);
    }
    CHECK(stored().empty());
}

TEST_CASE_FIXTURE(
    OciFixture, "what the store has is not brought again, what is listed twice comes once") {
    store::BlobWriter writer = store.new_blob();
    writer.write(bytes_of("here"));
    (void)writer.publish(std::nullopt, "test");
    ScriptedSource source([&](const std::vector<oci::BlobOrder>& orders, const base::Context&) {
        CHECK(orders.size() == 1);
        orders.at(0).receiver->write(bytes_of("new"));
        orders.at(0).receiver->complete();
    });
    oci::BlobFetch fetch(
        source,
        store,
        {descriptor_of("new"), descriptor_of("here"), descriptor_of("new")},
        "test",
        context);
    CHECK(test::read_whole(*fetch.open(0)) == "new");
    CHECK(test::read_whole(*fetch.open(1)) == "here");
    CHECK(test::read_whole(*fetch.open(2)) == "new");
    fetch.wait();
}

TEST_CASE_FIXTURE(OciFixture, "a blob of the store that has changed is found by its reader") {
    store::BlobWriter writer = store.new_blob();
    writer.write(bytes_of("here"));
    const crypto::Digest digest = writer.publish(std::nullopt, "test");
    ScriptedSource source([](const std::vector<oci::BlobOrder>& orders, const base::Context&) {
        orders.at(0).receiver->write(bytes_of("here"));
        orders.at(0).receiver->complete();
    });
    SUBCASE("other bytes: the reader is told") {
        base::replace_file(store.blob_path(digest), "HERE");
        oci::BlobFetch fetch(source, store, {descriptor_of("here")}, "test", context);
        const auto stream = fetch.open(0);
        CHECK_THROWS_AS((void)test::read_whole(*stream), base::IntegrityError);
        CHECK(!store.has_blob(digest));
    }
    SUBCASE("another length: it is brought anew") {
        base::replace_file(store.blob_path(digest), "her");
        oci::BlobFetch fetch(source, store, {descriptor_of("here")}, "test", context);
        CHECK(test::read_whole(*fetch.open(0)) == "here");
    }
}

TEST_CASE_FIXTURE(OciFixture, "a stop ends the fetch and everybody who waits") {
    ScriptedSource source([&](const std::vector<oci::BlobOrder>&, const base::Context& inner) {
        Signal stopped;
        const std::stop_callback callback(inner.stop, [&stopped] { stopped.give(); });
        stopped.wait();
        base::throw_if_stopped(inner.stop);
    });
    SUBCASE("by the user") {
        oci::BlobFetch fetch(source, store, {descriptor_of("x")}, "test", context);
        const auto stream = fetch.open(0);
        stop.request_stop();
        CHECK_THROWS_AS((void)test::read_whole(*stream), base::Interrupted);
        CHECK_THROWS_AS(fetch.wait(), base::Interrupted);
    }
    SUBCASE("because nobody wants it any more") {
        const oci::BlobFetch fetch(source, store, {descriptor_of("x")}, "test", context);
    }
    CHECK(stored().empty());
}
