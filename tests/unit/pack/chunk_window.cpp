// SPDX-License-Identifier: Apache-2.0
#include "pack/chunk_window.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace imgbuild;
using pack::ChunkWindow;

namespace {

pack::MadeChunk chunk_of(std::size_t number) {
    return {std::to_string(number), 0, number, false};
}

} // namespace

TEST_CASE("results come back in order, whoever makes them") {
    constexpr std::size_t count = 500;
    ChunkWindow window(std::vector<std::uint64_t>(count, 10), 55);
    std::vector<std::jthread> makers;
    for (int i = 0; i < 4; ++i) {
        makers.emplace_back([&] {
            while (const auto number = window.take()) {
                window.put(*number, chunk_of(*number));
            }
        });
    }
    for (std::size_t number = 0; number < count; ++number) {
        if (window.take_now(number)) {
            window.written(number);
            continue;
        }
        const auto chunk = window.wait_for(number);
        REQUIRE(chunk.has_value());
        CHECK(chunk->archive_size == number);
        window.written(number);
    }
}

TEST_CASE("makers wait until there is memory") {
    ChunkWindow window({60, 60, 60}, 100);
    CHECK(window.take() == 0U);
    std::atomic<bool> has_second = false;
    std::jthread maker([&] {
        CHECK(window.take() == 1U);
        has_second = true;
    });
    // Made, the first one takes one byte: there is room for the second.
    window.put(0, chunk_of(0));
    maker.join();
    CHECK(has_second);
    CHECK(window.wait_for(0)->bytes == "0");
    window.written(0);
    CHECK_FALSE(window.take_now(1));
    CHECK(window.take_now(2));
    CHECK_FALSE(window.take().has_value());
}

TEST_CASE("a chunk larger than the budget is made alone") {
    ChunkWindow window({500, 10}, 100);
    CHECK(window.take() == 0U);
    window.put(0, {std::string(400, 'x'), 0, 0, false});
    CHECK(window.wait_for(0).has_value());
    window.written(0);
    CHECK(window.take() == 1U);
}

TEST_CASE("who waits returns when it is over") {
    ChunkWindow window({60, 60}, 100);
    CHECK(window.take() == 0U);
    std::jthread maker([&] { CHECK_FALSE(window.take().has_value()); });
    std::jthread writer([&] { CHECK_FALSE(window.wait_for(0).has_value()); });
    window.stop();
    maker.join();
    writer.join();
    CHECK_FALSE(window.take_now(1));
}
