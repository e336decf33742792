// SPDX-License-Identifier: Apache-2.0
#include "build/stages/files_stage.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "build/account_table.hpp"
#include "build/file_inputs.hpp"
#include "build/script_environment.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <string_view>
#include <utility>

namespace imgbuild::build {

namespace {

/// Raise when the same files would be copied to something else.
constexpr int files_version = 1;

/// Whether a file like passwd(5) has the name; numbers need no name.
bool is_known(const root::Root& root, const char* path, std::string_view name) {
    return name.empty() || base::parse_number(name) ||
           AccountTable(root.try_read(path).value_or(""), 1).find(name) != nullptr;
}

/// "USER", "USER:GROUP", ":GROUP": both have to be in the image, or no chown of it knows them.
void require_owner(const description::FileItem& file, const root::Root& root) {
    const std::string_view owner = file.owner;
    const std::size_t colon = owner.find(':');
    const std::string_view group =
        colon == std::string_view::npos ? std::string_view() : owner.substr(colon + 1);
    const auto refuse = [](std::string_view kind, std::string_view name) {
        throw base::Error(
            fmt::format("the image has no {} \"{}\"", kind, base::printable(name)),
            base::ExitCode::usage)
            .set_hint(
                "define it in <users>, install the package that brings it, or write its number");
    };
    if (!is_known(root, "etc/passwd", owner.substr(0, colon))) {
        refuse("user", owner.substr(0, colon));
    }
    if (!is_known(root, "etc/group", group)) {
        refuse("group", group);
    }
}

} // namespace

FilesStage::FilesStage(
    std::string name,
    std::vector<description::FileItem> files,
    std::vector<std::string> paths,
    std::int64_t epoch)
    : name_(std::move(name))
    , files_(std::move(files))
    , paths_(std::move(paths))
    , epoch_(epoch) {}

void FilesStage::describe(KeyInputs& inputs) const {
    inputs.add("version of copying files", files_version);
    inputs.add("epoch", epoch_);
    for (std::size_t i = 0; i < files_.size(); ++i) {
        const description::FileItem& file = files_[i];
        add_file(inputs, fmt::format("file {}", file.name), paths_[i]);
        inputs.add(
            fmt::format("place of file {}", file.name),
            fmt::format("{}\n{}\n{}", file.target, file.owner, file.permissions));
    }
}

void FilesStage::run(const StageContext& stage) {
    for (std::size_t i = 0; i < files_.size(); ++i) {
        const description::FileItem& file = files_[i];
        try {
            copy(file, paths_[i], stage);
        } catch (base::Error& error) {
            error.add_context(fmt::format("copying the file {}", file.name)).at(file.position);
            throw;
        }
    }
}

void FilesStage::copy(
    const description::FileItem& file, const std::string& source, const StageContext& stage) const {
    const std::string target = target_of(file);
    struct stat status = {};
    if (::stat(source.c_str(), &status) != 0) {
        base::throw_errno(fmt::format("looking at {}", source));
    }
    const root::Root& root = stage.root.root();
    const std::size_t slash = target.rfind('/');
    if (slash > 0) {
        root.make_directories(target.substr(0, slash), {0755, 0, 0});
    }
    root.write(
        target,
        base::read_file(source),
        {static_cast<std::uint32_t>(status.st_mode & 0777U), 0, 0});
    require_owner(file, root);
    // Names and symbolic modes mean what they mean inside the image.
    if (!file.owner.empty()) {
        run_in_root(stage, {"chown", "--", file.owner, target}, "setting the owner");
    }
    if (!file.permissions.empty()) {
        run_in_root(stage, {"chmod", "--", file.permissions, target}, "setting the permissions");
    }
    root.set_mtime(target, {epoch_, 0});
}

std::string target_of(const description::FileItem& file) {
    if (file.target.empty()) {
        return "/" + file.name.substr(file.name.rfind('/') + 1);
    }
    const std::string target = file.target.front() == '/' ? file.target : "/" + file.target;
    return target.back() == '/' ? target + file.name.substr(file.name.rfind('/') + 1) : target;
}

} // namespace imgbuild::build
