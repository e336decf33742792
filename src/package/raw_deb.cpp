// SPDX-License-Identifier: Apache-2.0
#include "package/raw_deb.hpp"

#include "base/cancel.hpp"
#include "base/file.hpp"
#include "package/deb_file.hpp"
#include "package/deb_inspection.hpp"
#include "package/deb_plan.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <span>

namespace imgbuild::package {
namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 18U;

RawDeb decompress(
    const ResolvedPackage& package,
    const store::Store& store,
    const std::string& tar_path,
    const base::Context& context) {
    RawDeb deb;
    deb.package = &package;
    deb.name = archive_file_name({package.name, package.version, package.architecture});
    deb.tar_path = tar_path;
    const DebFile file(store.open_blob(package.digest), deb.name);
    deb.control = read_control(file.control());
    const base::UniqueFd tar = base::open_at(AT_FDCWD, tar_path, O_RDWR | O_CREAT | O_EXCL, 0600);
    archive::Decompressor stream = file.data_stream();
    std::vector<std::byte> buffer(buffer_size);
    while (const std::size_t got = stream.read(buffer)) {
        base::throw_if_stopped(context.stop);
        base::write_all(tar.get(), std::span(buffer).first(got), tar_path);
    }
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
    const std::vector<std::size_t>& wanted,
    const Resolution& resolution,
    const store::Store& store,
    const base::Context& context)
    : resolution_(resolution)
    , store_(store)
    , context_(context)
    , directory_(store.make_work_directory())
    , slots_(resolution.packages.size())
    , tasks_(context.pool, context.stop) {
    for (const std::size_t number : wanted) {
        tasks_.run([this, number] {
            if (begin(number)) {
                make(number);
            }
        });
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
    if (slots_[number].state != State::waiting) {
        return false;
    }
    slots_[number].state = State::begun;
    return true;
}

void RawDebs::make(std::size_t number) noexcept {
    RawDeb deb;
    std::exception_ptr failure;
    try {
        deb = decompress(
            resolution_.packages[number],
            store_,
            base::join_path(directory_.path(), std::to_string(number)),
            context_);
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

void RawDebs::drop(std::size_t number) {
    RawDeb deb;
    {
        const std::lock_guard lock(mutex_);
        std::swap(deb, slots_[number].deb);
    }
    (void)::unlink(deb.tar_path.c_str());
}

} // namespace imgbuild::package
