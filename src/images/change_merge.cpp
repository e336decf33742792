// SPDX-License-Identifier: Apache-2.0
#include "images/change_merge.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "root/layer_copy.hpp"
#include "root/layer_cursor.hpp"
#include "root/namespaces.hpp"
#include "root/overlay_links.hpp"
#include "tree/scan.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace imgbuild::images {

namespace {

/// In the image's own directory: the change's files, and the list that makes it certain.
std::string merge_place(const std::string& own_directory) {
    return base::join_path(own_directory, "merge");
}

std::string list_path(const std::string& own_directory) {
    return base::join_path(merge_place(own_directory), "list");
}

/// What was written on the file system of a root is on its disk after this.
void make_durable(const root::Root& root) {
    const base::UniqueFd directory = root.open_file("", O_RDONLY | O_DIRECTORY);
    if (::syncfs(directory.get()) != 0) {
        base::throw_errno(fmt::format("writing {}", root.name()));
    }
}

/// From here on the change is certain.
void publish_list(
    const std::string& own_directory, const root::Root& content, const tree::Inventory& change) {
    make_durable(content);
    base::replace_file(list_path(own_directory), tree::serialise(change));
}

bool is_user_mapping() {
    return root::id_mapping_name() != "host";
}

} // namespace

void require_space_for(std::uint64_t bytes, const std::string& path) {
    constexpr std::uint64_t for_directories = std::uint64_t{1} << 20U;
    if (base::free_space(path) < bytes + for_directories) {
        throw base::SystemError(ENOSPC, "carrying changes over to " + path);
    }
}

LayerOverImage::LayerOverImage(std::vector<std::string> lower, std::string work)
    : lower_(std::move(lower))
    , work_(std::move(work)) {
    base::make_directories(base::join_path(work_, "upper"));
    if (is_user_mapping()) {
        mount(false);
        return;
    }
    try {
        mount(true);
        has_index_ = true;
    } catch (const base::Error&) {
        // The file system has no file handles: links of changed files are joined another way.
        mount(false);
    }
}

void LayerOverImage::mount(bool with_index) {
    for (const char* const name : {"l", "work", "root"}) {
        base::remove_tree(base::join_path(work_, name));
    }
    try {
        mount_ = std::make_unique<root::OverlayMount>(
            work_,
            lower_,
            root::OverlayOptions{.user_attributes = is_user_mapping(), .index = with_index});
    } catch (base::Error& error) {
        error.set_hint("the images' directory must be on a file system that overlays can use");
        throw;
    }
}

void LayerOverImage::prepare(const tree::Inventory& image, const base::Context& context) {
    if (has_index_) {
        return;
    }
    mount_.reset();
    root::copy_up_linked_files(image, lower_, base::join_path(work_, "upper"), context);
    mount(false);
}

void LayerOverImage::keep(
    const tree::Inventory& image, const std::string& own_directory, const base::Context& context) {
    std::vector<root::MissingLink> links;
    if (has_index_) {
        const root::Root mounted = root::Root::open(mount_->path());
        links = root::missing_links(image, lower_, work_, mounted.fd());
    }
    mount_->unmount();
    root::add_missing_links(links, image, work_, context);

    const std::string place = merge_place(own_directory);
    base::remove_tree(place);
    base::make_directories(place);
    const std::string content = base::join_path(place, "content");
    if (::rename(base::join_path(work_, "upper").c_str(), content.c_str()) != 0) {
        base::throw_errno(fmt::format("keeping what the command changed in {}", content));
    }
    const root::Root upper = root::Root::open(content);
    const tree::Inventory change =
        tree::scan(upper.fd(), "the change", {.overlay_upper = true, .below = &image}, context);
    require_space_for(change.content_size(), lower_.back());
    publish_list(own_directory, upper, change);
}

void keep_for_carrying_over(
    const std::string& own_directory,
    const tree::Inventory& change,
    const std::function<void(const std::string& content)>& fill) {
    const std::string place = merge_place(own_directory);
    const std::string content = base::join_path(place, "content");
    base::remove_tree(place);
    base::make_directories(content, 0700);
    fill(content);
    publish_list(own_directory, root::Root::open(content), change);
}

bool carry_over(
    const root::Root& image, const std::string& own_directory, const base::Context& context) {
    const std::string place = merge_place(own_directory);
    const std::string list = list_path(own_directory);
    if (!base::exists(place)) {
        return false;
    }
    const bool is_certain = base::exists(list);
    if (is_certain) {
        const tree::Inventory change = tree::parse_inventory(base::read_file(list), list);
        const root::Root content = root::Root::open(base::join_path(place, "content"));
        root::DirectoryCursor from(content.fd(), content.name());
        root::DirectoryCursor to(image.fd(), image.name());
        root::copy_entries(
            change.entries(), root::content_from(from), to, root::Whiteouts::obeyed, context);
        make_durable(image);
    }
    base::remove_tree(place);
    return is_certain;
}

} // namespace imgbuild::images
