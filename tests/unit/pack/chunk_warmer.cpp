// SPDX-License-Identifier: Apache-2.0
#include "pack/chunk_warmer.hpp"

#include "base/cancel.hpp"
#include "base/file.hpp"
#include "memory_parts.hpp"
#include "pack/packer.hpp"
#include "support/temporary_directory.hpp"
#include "tree/scan.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <functional>
#include <utility>

using namespace imgbuild;
using pack::Compression;
using pack::WarmPackages;

namespace {

constexpr std::int64_t epoch = 1'700'000'000;

/// A root in which packages were just unpacked.
class WarmFixture {
public:
    WarmFixture()
        : store_(store::Store::open(directory_ / "store", "test")) {
        base::make_directories(directory_ / "root/var/lib/dpkg/info");
        base::make_directories(directory_ / "root/usr/lib");
        base::make_directories(directory_ / "root/etc");
        for (unsigned package = 0; package < 8; ++package) {
            unpack(package, 60'000 + 7000 * package);
        }
    }

    void unpack(unsigned package, unsigned file_size) const {
        std::string list = "/.\n/usr/lib\n";
        for (unsigned file = 0; file < 10; ++file) {
            const std::string path = fmt::format("usr/lib/{}-{}", package, file);
            write(path, test::content(file_size, 10 * package + file), 1000);
            list += fmt::format("/{}\n", path);
        }
        write(fmt::format("etc/{}.dpkg-new", package), "not yet", 1000);
        list += fmt::format("/etc/{}\n", package);
        write(fmt::format("var/lib/dpkg/info/p{}.list", package), list, epoch + 500);
    }

    void write(const std::string& path, const std::string& text, std::int64_t mtime) const {
        const std::string name = directory_ / ("root/" + path);
        const base::UniqueFd fd = base::open_at(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        base::write_all(fd.get(), text, name);
        const std::array<timespec, 2> times = {timespec{mtime, 0}, timespec{mtime, 0}};
        REQUIRE(::futimens(fd.get(), times.data()) == 0);
        // As root sees its own; the packer gives only root's files to packages.
        if (::geteuid() == 0) {
            REQUIRE(::fchown(fd.get(), 0, 0) == 0);
        }
    }

    void warm(Compression compression, std::stop_token stop = {}) {
        pack::ChunkWarmer(root(), compression, epoch, store_)
            .warm(WarmPackages::all, {reporter_, pool_, std::move(stop)});
    }

    /// Looks a first time when some packages are there, and a second time when all are.
    void warm_while(const std::function<void()>& more) {
        pack::ChunkWarmer warmer(root(), Compression::fast, epoch, store_);
        warmer.warm(WarmPackages::large, context());
        more();
        warmer.warm(WarmPackages::all, context());
    }

    pack::ChunksAhead ahead(Compression compression) { return ahead(compression, context()); }

    pack::ChunksAhead ahead(Compression compression, const base::Context& context) {
        return pack::pack_ahead(root(), finished(), options(compression), store_, context);
    }

    base::ThreadPool& pool() { return pool_; }

    std::size_t kept() const {
        std::size_t count = 0;
        for (const store::StoreEntry& entry : store_.list()) {
            count += static_cast<std::size_t>(entry.kind == "chunk");
        }
        return count;
    }

    /// Packs the root as a finished one: times are limited to the epoch.
    pack::PackResult pack(Compression compression) {
        const std::string name = directory_ / "image";
        const base::UniqueFd output =
            base::open_at(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        return pack::pack(
            root(), finished(), options(compression), store_, output.get(), name, context());
    }

private:
    tree::Inventory finished() {
        const tree::Inventory inventory = tree::scan(root().fd(), "root", {}, context());
        std::vector<tree::Entry> entries = inventory.entries();
        for (tree::Entry& entry : entries) {
            entry.mtime = std::min(entry.mtime, tree::Time{epoch, 0});
        }
        return tree::Inventory(std::move(entries));
    }

    static pack::PackOptions options(Compression compression) {
        return {.compression = compression, .epoch = epoch, .excludes = {}, .restored_xattrs = {}};
    }

    base::Context context() { return {reporter_, pool_, {}}; }

    const root::Root& root() {
        if (!root_) {
            root_.emplace(root::Root::open(directory_ / "root"));
        }
        return *root_;
    }

    test::TemporaryDirectory directory_;
    store::Store store_;
    std::optional<root::Root> root_;
    base::SilentReporter reporter_;
    base::ThreadPool pool_{2};
};

/// Asks to stop as soon as something has got done.
class StopAtFirst final : public base::Reporter {
public:
    std::stop_token token() const { return source_.get_token(); }

    void message(base::LogLevel /*level*/, std::string_view /*text*/) noexcept override {}

    void output(std::string_view /*line*/) noexcept override {}

    std::uint64_t started(const base::ActivityInfo& /*info*/) noexcept override { return 1; }

    void advanced(
        std::uint64_t /*activity*/, std::uint64_t done, std::uint64_t /*total*/) noexcept override {
        if (done > 0) {
            source_.request_stop();
        }
    }

    void finished(
        std::uint64_t /*activity*/,
        base::Outcome /*outcome*/,
        double /*seconds*/) noexcept override {}

private:
    std::stop_source source_;
};

} // namespace

TEST_CASE("chunks made while a root is configured are found when it is packed") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: needs files that root owns");
        return;
    }
    WarmFixture fixture;
    fixture.warm(Compression::fast);
    const std::size_t made = fixture.kept();
    REQUIRE(made >= 8);
    fixture.warm(Compression::fast);
    CHECK(fixture.kept() == made);

    // What configuration does.
    for (int package = 0; package < 8; ++package) {
        fixture.write(fmt::format("etc/{}", package), "now", epoch + 900);
    }
    fixture.write("var/lib/dpkg/status", "configured", epoch + 900);
    SUBCASE("nothing of the packages changed") {
        const pack::PackResult packed = fixture.pack(Compression::fast);
        CHECK(packed.cached_chunks == made);
        // Directories, and the rest.
        CHECK(packed.chunks == made + 2);
    }
    SUBCASE("a script changed one of their files") {
        fixture.write("usr/lib/3-3", "generated", epoch + 900);
        const pack::PackResult packed = fixture.pack(Compression::fast);
        CHECK(packed.cached_chunks == made - 1);
        CHECK(packed.chunks == made + 2);
    }
    SUBCASE("another level is another thing") {
        CHECK(fixture.pack(Compression::standard).cached_chunks == 0);
    }
}

TEST_CASE("the image is the same whether chunks were made ahead or not") {
    WarmFixture cold;
    const pack::PackResult wanted = cold.pack(Compression::standard);
    WarmFixture warm;
    warm.warm(Compression::standard);
    CHECK(warm.pack(Compression::standard).digest == wanted.digest);
}

TEST_CASE("packing ahead leaves nothing to compress, and the image is the same") {
    WarmFixture cold;
    const pack::PackResult wanted = cold.pack(Compression::small);
    WarmFixture warm;
    const pack::ChunksAhead first = warm.ahead(Compression::small);
    CHECK(first.chunks == wanted.chunks);
    CHECK(first.made == wanted.chunks);
    CHECK(first.made_size > wanted.size);
    CHECK(warm.kept() == wanted.chunks);
    const pack::ChunksAhead again = warm.ahead(Compression::small);
    CHECK(again.chunks == wanted.chunks);
    CHECK(again.made == 0);
    CHECK(again.made_size == 0);
    const pack::PackResult packed = warm.pack(Compression::small);
    CHECK(packed.cached_chunks == packed.chunks);
    CHECK(packed.digest == wanted.digest);
}

TEST_CASE("the default level takes no chunks that were made for another") {
    WarmFixture cold;
    const pack::PackResult wanted = cold.pack(Compression::standard);
    WarmFixture warm;
    warm.ahead(Compression::small);
    warm.ahead(Compression::fast);
    const pack::PackResult packed = warm.pack(Compression::standard);
    CHECK(packed.cached_chunks == 0);
    CHECK(packed.digest == wanted.digest);
}

TEST_CASE("packing ahead loses nothing of what it made when it is stopped") {
    WarmFixture fixture;
    StopAtFirst reporter;
    CHECK_THROWS_AS(
        fixture.ahead(Compression::fast, {reporter, fixture.pool(), reporter.token()}),
        base::Interrupted);
    const std::size_t kept = fixture.kept();
    REQUIRE(kept >= 1);
    const pack::ChunksAhead rest = fixture.ahead(Compression::fast);
    REQUIRE(rest.chunks > kept);
    CHECK(rest.made == rest.chunks - kept);
}

TEST_CASE("what is made while packages are unpacked is what would be made after it") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: needs files that root owns");
        return;
    }
    const auto unpack_more = [](WarmFixture& fixture) {
        fixture.unpack(8, 60'000);
        // Small ones: they share a chunk.
        fixture.unpack(0, 5'000);
        fixture.unpack(1, 4'000);
    };
    WarmFixture at_once;
    unpack_more(at_once);
    at_once.warm(Compression::fast);

    WarmFixture step_by_step;
    std::size_t made_early = 0;
    step_by_step.warm_while([&] {
        made_early = step_by_step.kept();
        unpack_more(step_by_step);
    });
    CHECK(made_early >= 8);
    const pack::PackResult wanted = at_once.pack(Compression::fast);
    const pack::PackResult packed = step_by_step.pack(Compression::fast);
    CHECK(packed.digest == wanted.digest);
    CHECK(packed.cached_chunks == packed.chunks - 2);
    CHECK(wanted.cached_chunks == wanted.chunks - 2);
}

TEST_CASE("small packages wait until all are there") {
    WarmFixture fixture;
    for (unsigned package = 0; package < 8; ++package) {
        fixture.unpack(package, 100);
    }
    fixture.warm_while([&] { CHECK(fixture.kept() == 0); });
}

TEST_CASE("nothing is made ahead without compression, or when it has to stop") {
    WarmFixture fixture;
    fixture.warm(Compression::none);
    std::stop_source stop;
    stop.request_stop();
    fixture.warm(Compression::fast, stop.get_token());
    CHECK(fixture.kept() == 0);
}
