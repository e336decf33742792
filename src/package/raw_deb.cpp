// SPDX-License-Identifier: Apache-2.0
#include "package/raw_deb.hpp"

#include "base/cancel.hpp"
#include "base/file.hpp"
#include "package/deb_file.hpp"
#include "package/deb_inspection.hpp"
#include "package/deb_plan.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>

namespace imgbuild::package {
namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 18U;

/// Packages by the order in which they should be taken: as they are unpacked, but one that a thread is
/// long busy with (a kernel) right after the base system, before which nothing can run: the others are
/// done on the other threads meanwhile.
std::vector<std::size_t> by_urgency(const Resolution& resolution) {
    constexpr std::uint64_t large = std::uint64_t{16} << 20U;
    std::vector<std::size_t> numbers;
    for (const InstallStep& step : resolution.steps) {
        if (step.action == InstallStep::Action::unpack) {
            numbers.insert(numbers.end(), step.packages.begin(), step.packages.end());
        }
    }
    const auto urgency = [&resolution](std::size_t number) {
        const ResolvedPackage& package = resolution.packages[number];
        return package.base ? 0 : package.size >= large ? 1 : 2;
    };
    std::stable_sort(numbers.begin(), numbers.end(), [&](std::size_t one, std::size_t other) {
        return urgency(one) < urgency(other);
    });
    return numbers;
}

/// @returns the path in the store.
std::string decompress(
    const DebFile& file,
    const crypto::Digest& digest,
    const store::Store& store,
    const base::Context& context) {
    store::ExpandedWriter writer = store.new_expanded();
    archive::Decompressor stream = file.data_stream();
    std::vector<std::byte> buffer(buffer_size);
    while (const std::size_t got = stream.read(buffer)) {
        base::throw_if_stopped(context.stop);
        writer.write(std::span(buffer).first(got));
    }
    return store.publish_expanded(digest, std::move(writer));
}

RawDeb
make_raw(const ResolvedPackage& package, const store::Store& store, const base::Context& context) {
    RawDeb deb;
    deb.package = &package;
    deb.name = archive_file_name({package.name, package.version, package.architecture});
    const DebFile file(store.open_blob(package.digest), deb.name);
    deb.control = read_control(file.control());
    const std::optional<std::string> known = store.find_expanded(package.digest, context);
    deb.tar_path = known ? *known : decompress(file, package.digest, store, context);
    const base::UniqueFd tar = base::open_at(AT_FDCWD, deb.tar_path, O_RDONLY);
    deb.index = archive::read_tar_index(tar.get(), deb.name);
    inspect_deb(deb);
    return deb;
}

} // namespace

std::string RawDeb::database_name() const {
    return control.field("Multi-Arch") == "same"
               ? fmt::format("{}:{}", package->name, package->architecture)
               : package->name;
}

RawDebs::RawDebs(
    const Resolution& resolution, const store::Store& store, const base::Context& context)
    : resolution_(resolution)
    , store_(store)
    , context_(context)
    , in_use_(store.make_work_directory())
    , order_(by_urgency(resolution))
    , slots_(resolution.packages.size())
    , tasks_(context.pool, context.stop) {}

void RawDebs::start(std::size_t number) {
    {
        const std::lock_guard lock(mutex_);
        Slot& slot = slots_[number];
        if (slot.state != State::absent) {
            return;
        }
        slot.state = State::waiting;
    }
    // A task for each, but which one it takes is decided when it runs.
    tasks_.run([this] {
        if (const auto next = begin_next()) {
            make(*next);
        }
    });
}

void RawDebs::start_all() {
    for (const std::size_t number : order_) {
        start(number);
    }
}

RawDebs::~RawDebs() {
    const std::lock_guard lock(mutex_);
    for (Slot& slot : slots_) {
        if (slot.state == State::waiting) {
            slot.state = State::ready;
        }
    }
}

bool RawDebs::begin(std::size_t number) {
    const std::lock_guard lock(mutex_);
    State& state = slots_[number].state;
    if (state != State::absent && state != State::waiting) {
        return false;
    }
    state = State::begun;
    return true;
}

std::optional<std::size_t> RawDebs::begin_next() {
    const std::lock_guard lock(mutex_);
    for (const std::size_t number : order_) {
        if (slots_[number].state == State::waiting) {
            slots_[number].state = State::begun;
            return number;
        }
    }
    return std::nullopt;
}

void RawDebs::make(std::size_t number) noexcept {
    RawDeb deb;
    std::exception_ptr failure;
    try {
        deb = make_raw(resolution_.packages[number], store_, context_);
    } catch (...) {
        failure = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    slots_[number].deb = std::move(deb);
    slots_[number].failure = failure;
    slots_[number].state = State::ready;
    changed_.notify_all();
}

const RawDeb& RawDebs::get(std::size_t number) {
    if (begin(number)) {
        make(number);
    }
    std::unique_lock lock(mutex_);
    const Slot& slot = slots_[number];
    changed_.wait(lock, [&slot] { return slot.state == State::ready; });
    if (slot.failure) {
        std::rethrow_exception(slot.failure);
    }
    return slot.deb;
}

bool RawDebs::are_all_ready() const {
    const std::lock_guard lock(mutex_);
    return std::none_of(slots_.begin(), slots_.end(), [](const Slot& slot) {
        return slot.state == State::waiting || slot.state == State::begun;
    });
}

void RawDebs::drop(std::size_t number) {
    const std::lock_guard lock(mutex_);
    slots_[number].deb = RawDeb();
}

} // namespace imgbuild::package
