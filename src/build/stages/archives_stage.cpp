// SPDX-License-Identifier: Apache-2.0
#include "build/stages/archives_stage.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "build/file_inputs.hpp"
#include "root/extract.hpp"

#include <fmt/format.h>

namespace imgbuild::build {

namespace {

/// Raise when the same archives would be unpacked to something else.
constexpr int archives_version = 2;

} // namespace

ArchivesStage::ArchivesStage(
    std::string name, std::vector<description::Archive> archives, std::vector<std::string> paths)
    : name_(std::move(name))
    , archives_(std::move(archives))
    , paths_(std::move(paths)) {}

std::string ArchivesStage::title() const {
    return archives_.size() == 1 ? std::string("unpacking an archive")
                                 : fmt::format("unpacking {} archives", archives_.size());
}

void ArchivesStage::describe(KeyInputs& inputs) const {
    inputs.add("version of unpacking archives", archives_version);
    for (std::size_t i = 0; i < archives_.size(); ++i) {
        const description::Archive& archive = archives_[i];
        add_file(inputs, fmt::format("archive {}", archive.name), paths_[i]);
        inputs.add(fmt::format("target of archive {}", archive.name), archive.target_directory);
    }
}

void ArchivesStage::run(const StageContext& stage) {
    for (std::size_t i = 0; i < archives_.size(); ++i) {
        const description::Archive& archive = archives_[i];
        try {
            unpack_archive(
                paths_[i],
                archive.target_directory.empty() ? "/" : archive.target_directory,
                stage);
        } catch (base::Error& error) {
            error.at(archive.position);
            throw;
        }
    }
}

void unpack_archive(const std::string& path, const std::string& target, const StageContext& stage) {
    try {
        archive::Reader reader = archive::Reader::open_file(path);
        const root::ExtractResult result = root::extract(
            reader, stage.root.root(), {.target = target, .keep_directories = true}, stage.context);
        for (const tree::Entry& device : result.unmade_devices) {
            stage.root.record_device(device);
        }
    } catch (const base::SystemError&) {
        throw;
    } catch (base::Error& error) {
        // What is wrong in the archive is wrong in the description that brings it.
        error.set_exit_code(base::ExitCode::usage);
        throw;
    }
}

} // namespace imgbuild::build
