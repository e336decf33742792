// SPDX-License-Identifier: Apache-2.0
#include "base/thread_pool.hpp"

#include "base/bounded_queue.hpp"
#include "base/cancel.hpp"
#include "base/error.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace imgbuild::base;

TEST_CASE("parallel_for visits each index once") {
    ThreadPool pool(3);
    std::vector<std::atomic<int>> visits(1000);
    parallel_for(pool, {}, visits.size(), [&](std::size_t i) { ++visits[i]; });
    for (const auto& count : visits) {
        CHECK(count == 1);
    }
}

TEST_CASE("the first exception wins and later tasks are dropped") {
    ThreadPool pool(1);
    TaskGroup group(pool, {});
    group.run([] { throw Error("first"); });
    group.run([] { throw Error("second"); });
    CHECK_THROWS_WITH(group.wait(), "first");
    CHECK_NOTHROW(group.wait());
}

TEST_CASE("groups may be nested on a pool of one thread") {
    ThreadPool pool(1);
    std::atomic<int> done = 0;
    parallel_for(
        pool, {}, 4, [&](std::size_t) { parallel_for(pool, {}, 4, [&](std::size_t) { ++done; }); });
    CHECK(done == 16);
}

TEST_CASE("a requested stop ends a group with Interrupted") {
    ThreadPool pool(2);
    std::stop_source source;
    source.request_stop();
    CHECK_THROWS_AS(parallel_for(pool, source.get_token(), 10, [](std::size_t) {}), Interrupted);
}

TEST_CASE("a bounded queue hands everything over and ends when closed") {
    BoundedQueue<int> queue(2);
    std::thread producer([&] {
        for (int i = 0; i < 100; ++i) {
            queue.push(i);
        }
        queue.close();
    });
    int sum = 0;
    while (const auto item = queue.pop()) {
        sum += *item;
    }
    producer.join();
    CHECK(sum == 4950);
    CHECK_FALSE(queue.push(1));
}
