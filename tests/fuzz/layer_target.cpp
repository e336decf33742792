// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What a fuzzer drives: layers of an image, unpacked in both ways beside a directory that must stay as it is.
 * The input is a text that archives are made of, so that mutants are archives too; a line is an entry:
 *
 *     TYPE NAME|LINK|MODE|CONTENT|KEY=VALUE|KEY=VALUE…
 *
 * TYPE is tar's letter. "=" alone begins another layer; "! N" cuts N bytes off the end of the archive. An
 * input without any entry is read as an archive itself.
 */
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "oci/apply_layers.hpp"
#include "oci/hiding.hpp"
#include "oci/tar_split.hpp"
#include "support/archives.hpp"
#include "support/temporary_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

using namespace imgbuild;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t most_layers = 4;

void require(bool holds, const std::string& what) {
    if (!holds) {
        std::cerr << "broken promise: " << what << '\n';
        std::abort();
    }
}

void add_entry(std::string_view line, test::Tar& tar) {
    const std::vector<std::string_view> fields = base::split(line.substr(2), '|');
    test::TarMember member;
    member.type = line[0];
    member.name = fields[0];
    member.link = fields.size() > 1 ? fields[1] : "";
    member.mode = fields.size() > 2
                      ? static_cast<unsigned>(base::parse_number(fields[2]).value_or(644)) & 07777U
                      : 0755;
    member.content = fields.size() > 3 ? fields[3] : "";
    for (std::size_t i = 4; i < fields.size(); ++i) {
        const std::size_t equals = fields[i].find('=');
        if (equals != std::string_view::npos) {
            member.records[std::string(fields[i].substr(0, equals))] = fields[i].substr(equals + 1);
        }
    }
    tar.add(member);
}

std::vector<std::string> layers_of(const std::string& text) {
    std::vector<std::string> layers;
    test::Tar tar;
    std::uint64_t cut = 0;
    bool is_text = false;
    const auto finish = [&] {
        std::string bytes = tar.finished();
        bytes.resize(bytes.size() - std::min<std::uint64_t>(cut, bytes.size()));
        layers.push_back(std::move(bytes));
        tar = test::Tar();
        cut = 0;
    };
    for (const std::string_view line : base::split_lines(text)) {
        if (line == "=" && layers.size() + 1 < most_layers) {
            finish();
        } else if (line.starts_with('!')) {
            cut = base::parse_number(base::trim(line.substr(1))).value_or(0);
        } else if (line.size() > 2 && line[1] == ' ') {
            add_entry(line, tar);
            is_text = true;
        }
    }
    finish();
    return is_text ? layers : std::vector{text};
}

class Scene {
public:
    Scene() {
        base::make_directories(directory_ / "outside");
        base::replace_file(directory_ / "outside/secret", "host");
        base::make_directories(directory_ / "image");
        require(::stat((directory_ / "outside").c_str(), &before_) == 0, "the host is there");
    }

    void unpack(const std::vector<std::string>& layers, oci::Whiteouts whiteouts) {
        const root::Root root = root::Root::open(directory_ / "image");
        const oci::LayerLimits limits{.bytes = std::uint64_t{1} << 26U, .entries = 2000};
        oci::LayerApplier applier(root, whiteouts, limits, context_);
        try {
            for (const std::string& layer : layers) {
                oci::LayerPromise promise;
                promise.most_bytes = std::uint64_t{1} << 26U;
                oci::LayerStream stream(test::source_of(layer), "layer", promise, {});
                oci::TarSplit tar_split;
                archive::TarReader reader(stream, "layer", &tar_split);
                const oci::LayerResult result = applier.apply(reader);
                reader.drain();
                require(stream.finish().size == layer.size(), "all of a layer is read");
                require(!tar_split.finish().empty(), "an archive has a record");
                require(result.entries <= limits.entries, "the limit for entries holds");
            }
        } catch (const base::Error& error) {
            require(!error.message().empty(), "an error says something");
        }
        check_outside();
    }

private:
    void check_outside() const {
        struct stat status = {};
        require(::stat((directory_ / "outside").c_str(), &status) == 0, "the host stays");
        require(
            status.st_mode == before_.st_mode && status.st_uid == before_.st_uid &&
                status.st_mtim.tv_nsec == before_.st_mtim.tv_nsec &&
                status.st_nlink == before_.st_nlink,
            "nothing of the host is changed");
        require(
            base::read_file(directory_ / "outside/secret") == "host", "files stay what they are");
        require(
            ::stat((directory_ / "outside/secret").c_str(), &status) == 0 && status.st_nlink == 1,
            "no file of the host gets a name in the image");
        const base::UniqueFd top = base::open_at(AT_FDCWD, directory_.path(), O_PATH);
        require(oci::names_in(top.get()).size() == 2, "nothing is made beside the image");
    }

    test::TemporaryDirectory directory_;
    base::SilentReporter reporter_;
    base::ThreadPool pool_{1};
    base::Context context_{reporter_, pool_, {}};
    struct stat before_ = {};
};

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::vector<std::string> layers = layers_of(text);
    for (const oci::Whiteouts whiteouts : {oci::Whiteouts::remove, oci::Whiteouts::keep}) {
        Scene().unpack(layers, whiteouts);
    }
    return 0;
}
