// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "compress/stream_decoder.hpp"
#include "crypto/digest.hpp"
#include "oci/apply_layers.hpp"
#include "oci/hiding.hpp"
#include "store/store.hpp"
#include "support/archives.hpp"
#include "support/temporary_directory.hpp"
#include "tree/scan.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace imgbuild::test {

class LayerReporter final : public base::Reporter {
public:
    void message(base::LogLevel, std::string_view text) noexcept override {
        messages.emplace_back(text);
    }

    void output(std::string_view) noexcept override {}

    std::uint64_t started(const base::ActivityInfo&) noexcept override { return 1; }

    void advanced(std::uint64_t, std::uint64_t, std::uint64_t) noexcept override {}

    void finished(std::uint64_t, base::Outcome, double) noexcept override {}

    std::vector<std::string> messages;
};

/// A place for an image, `image`, beside a directory of the host with a secret, `outside`.
class LayerScene {
public:
    LayerScene() {
        base::make_directories(directory / "outside/kept");
        base::replace_file(directory / "outside/secret", "host");
    }

    oci::LayerInput input(const std::string& bytes) {
        return {
            .name = "test: layer " + std::to_string(++inputs_),
            .promise =
                {.size = bytes.size(),
                 .digest = crypto::sha256(bytes),
                 .diff_id = std::nullopt,
                 .most_bytes = std::uint64_t{1} << 32U},
            .open = [bytes] { return compress::ByteSource(source_of(bytes)); }};
    }

    void unpack_inputs(const std::vector<oci::LayerInput>& inputs) {
        oci::UnpackPlace place(directory / "image");
        oci::unpack_layers(inputs, place, limits, context);
    }

    void unpack(const std::vector<std::string>& layers) {
        std::vector<oci::LayerInput> inputs;
        for (const std::string& layer : layers) {
            inputs.push_back(input(layer));
        }
        unpack_inputs(inputs);
        check_outside();
        if (is_scannable) {
            check_kept(layers);
        }
    }

    /// A store that has kept the layers gives the same tree as their blobs.
    void check_kept(const std::vector<std::string>& layers) {
        const std::vector<std::string> said = reporter.messages;
        const TemporaryDirectory other;
        const store::Store store = store::Store::open(other / "store", "host");
        for (const bool is_kept : {false, true}) {
            std::vector<oci::LayerInput> inputs;
            for (const std::string& layer : layers) {
                inputs.push_back(input(layer));
                inputs.back().promise.diff_id = crypto::sha256(decompressed(layer));
                inputs.back().kept_in = &store;
                if (is_kept) {
                    inputs.back().open = []() -> compress::ByteSource {
                        throw std::logic_error("the blob is not needed");
                    };
                }
            }
            const std::string place = other / (is_kept ? "from-store" : "from-blobs");
            oci::UnpackPlace made(place);
            oci::unpack_layers(inputs, made, limits, context);
            const base::UniqueFd fd = base::open_at(AT_FDCWD, place, O_PATH | O_DIRECTORY);
            const tree::Inventory found = tree::scan(fd.get(), place, {}, context);
            CHECK(tree::difference(scan(), found).entries().empty());
        }
        reporter.messages = said;
    }

    void unpack(const std::vector<Tar>& layers) {
        std::vector<std::string> archives;
        for (const Tar& layer : layers) {
            archives.push_back(layer.finished());
        }
        unpack(archives);
    }

    /// The error that unpacking gives. Nothing may be left of the image then.
    template <typename Layers>
    std::string refusal(const Layers& layers) {
        std::string text = "no error";
        try {
            if constexpr (std::is_same_v<Layers, std::vector<oci::LayerInput>>) {
                unpack_inputs(layers);
            } else {
                unpack(layers);
            }
        } catch (const base::Error& error) {
            text = error.what();
            CHECK_FALSE(base::exists(directory / "image"));
        }
        check_outside();
        return text;
    }

    void check_outside() {
        CHECK(base::read_file(directory / "outside/secret") == "host");
        CHECK(scan("outside").entries().size() == 3);
        CHECK(oci::names_in(base::open_at(AT_FDCWD, directory.path(), O_PATH).get()).size() <= 2);
    }

    tree::Inventory scan(const std::string& name = "image") {
        const base::UniqueFd fd = base::open_at(AT_FDCWD, directory / name, O_PATH | O_DIRECTORY);
        return tree::scan(fd.get(), name, {}, context);
    }

    /// What stands at a path of the image.
    tree::Entry at(const std::string& path) {
        const tree::Inventory inventory = scan();
        const tree::Entry* const entry = inventory.find(path);
        REQUIRE_MESSAGE(entry != nullptr, path);
        return *entry;
    }

    bool has(const std::string& path) {
        struct stat status = {};
        return ::lstat((directory / ("image/" + path)).c_str(), &status) == 0;
    }

    std::string read(const std::string& path) {
        REQUIRE(at(path).type == tree::EntryType::regular);
        return base::read_file(directory / ("image/" + path));
    }

    /// Of a file whose path is too long for the kernel.
    std::uint64_t size_at_the_end_of(std::string_view path) {
        base::UniqueFd fd = base::open_at(AT_FDCWD, directory / "image", O_PATH | O_DIRECTORY);
        for (const std::string_view part : base::split(path, '/')) {
            fd = base::open_at(fd.get(), std::string(part), O_PATH | O_NOFOLLOW);
        }
        struct stat status = {};
        REQUIRE(::fstat(fd.get(), &status) == 0);
        return static_cast<std::uint64_t>(status.st_size);
    }

    /// The paths of everything in the image, a blank between them.
    std::string paths() {
        std::string text;
        const tree::Inventory inventory = scan();
        for (const tree::Entry& entry : inventory.entries()) {
            text += (text.empty() || entry.path.empty() ? "" : " ") + entry.path;
        }
        return text;
    }

    TemporaryDirectory directory;
    LayerReporter reporter;
    base::ThreadPool pool{1};
    std::stop_source stop;
    base::Context context{.reporter = reporter, .pool = pool, .stop = stop.get_token()};
    oci::LayerLimits limits;
    /// False where paths are too long for it.
    bool is_scannable = true;

private:
    static std::string decompressed(const std::string& bytes) {
        const auto decoder = compress::make_stream_decoder(source_of(bytes), "layer");
        std::string plain;
        std::vector<std::byte> buffer(std::size_t{1} << 16U);
        while (const std::size_t got = decoder->read(buffer)) {
            plain.append(reinterpret_cast<const char*>(buffer.data()), got);
        }
        return plain;
    }

    int inputs_ = 0;
};

inline TarMember directory_member(const std::string& name, unsigned mode = 0755) {
    return {.name = name, .type = '5', .mode = mode};
}

inline TarMember link_member(const std::string& name, const std::string& target) {
    return {.name = name, .type = '2', .mode = 0777, .link = target};
}

inline TarMember hard_link_member(const std::string& name, const std::string& target) {
    return {.name = name, .type = '1', .link = target};
}

inline TarMember file_member(const std::string& name, const std::string& content = "x") {
    return {.name = name, .content = content};
}

} // namespace imgbuild::test
