// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Packs a directory as `build` packs a root; for the tests and the benchmark of the packer.
 *
 *     pack_root ROOT OUTPUT COMPRESSION STORE THREADS EPOCH [EXCLUDE…]
 *
 * STORE "-" keeps no chunks. Prints a JSON object of what came out, and warnings to stderr.
 */
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "pack/packer.hpp"
#include "support/temporary_directory.hpp"
#include "tree/scan.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>

using namespace imgbuild;

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void run(const std::vector<std::string>& arguments) {
    if (arguments.size() < 7) {
        throw base::UsageError("pack_root ROOT OUTPUT COMPRESSION STORE THREADS EPOCH [EXCLUDE…]");
    }
    const test::TemporaryDirectory scratch;
    const std::string& store_path = arguments[4] == "-" ? scratch / "store" : arguments[4];
    base::SilentReporter reporter;
    base::ThreadPool pool(static_cast<unsigned>(base::parse_number(arguments[5]).value()));
    const base::Context context = {reporter, pool, {}};
    const root::Root root = root::Root::open(arguments[1]);
    const store::Store store = store::Store::open(store_path, "test");
    const std::string& output_name = arguments[2];
    const base::UniqueFd output =
        base::open_at(AT_FDCWD, output_name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    pack::PackOptions options;
    options.compression = pack::compression_from_name(arguments[3]);
    options.epoch = static_cast<std::int64_t>(base::parse_number(arguments[6]).value());
    options.excludes = tree::ExcludePatterns(
        std::vector<std::string>(arguments.begin() + 7, arguments.end()), "arguments");
    const auto start = std::chrono::steady_clock::now();
    const tree::Inventory inventory =
        tree::scan(root.fd(), root.name(), {.seen_contents = &store.seen_contents()}, context);
    const double scan_seconds = seconds_since(start);
    const auto pack_start = std::chrono::steady_clock::now();
    const pack::PackResult result =
        pack::pack(root, inventory, options, store, output.get(), output_name, context);
    fmt::print(
        "{{\"entries\": {}, \"archive_size\": {}, \"size\": {}, \"sha256\": \"{}\", "
        "\"chunks\": {}, \"cached_chunks\": {}, \"scan_seconds\": {:.3f}, "
        "\"pack_seconds\": {:.3f}}}\n",
        result.entries,
        result.archive_size,
        result.size,
        result.digest.hex(),
        result.chunks,
        result.cached_chunks,
        scan_seconds,
        seconds_since(pack_start));
    for (const std::string& warning : result.warnings) {
        fmt::print(stderr, "warning: {}\n", warning);
    }
}

} // namespace

int main(int argc, char** argv) {
    try {
        run(std::vector<std::string>(argv, argv + argc));
        return 0;
    } catch (const base::Error& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        for (const std::string& detail : error.details()) {
            fmt::print(stderr, "  {}\n", detail);
        }
        return static_cast<int>(error.exit_code());
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
