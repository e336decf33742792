// SPDX-License-Identifier: Apache-2.0
#include "images/image_builder.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random_name.hpp"
#include "build/boot_units.hpp"
#include "build/initrd.hpp"
#include "crypto/digest.hpp"
#include "images/build_record.hpp"
#include "images/digest_cache.hpp"
#include "images/excludes.hpp"
#include "images/exit_script.hpp"
#include "pack/format_limits.hpp"
#include "pack/packer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace imgbuild::images {

namespace {

std::optional<struct stat> status_of(const std::string& path) {
    struct stat status = {};
    return ::lstat(path.c_str(), &status) == 0 ? std::optional(status) : std::nullopt;
}

/// An output that is being written, beside the one it will replace. Removed unless it is published.
class NewOutput {
public:
    explicit NewOutput(std::string path)
        : path_(std::move(path))
        , temporary_(temporary_name(path_)) {
        base::make_directories(path_.substr(0, path_.rfind('/')));
        fd_ = base::open_at(AT_FDCWD, temporary_, O_RDWR | O_CREAT | O_EXCL, 0644);
    }

    NewOutput(const NewOutput&) = delete;
    NewOutput& operator=(const NewOutput&) = delete;

    ~NewOutput() {
        if (fd_) {
            ::unlink(temporary_.c_str());
        }
    }

    int fd() const { return fd_.get(); }

    const std::string& name() const { return temporary_; }

    /// @returns what it is then.
    struct stat publish() {
        struct stat status = {};
        if (::fsync(fd_.get()) != 0 || ::fchmod(fd_.get(), 0644) != 0 ||
            ::fstat(fd_.get(), &status) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
            base::throw_errno(fmt::format("writing {}", path_));
        }
        fd_.reset();
        return status;
    }

private:
    /// A dot before it: no server takes it for an image.
    static std::string temporary_name(const std::string& path) {
        const std::size_t slash = path.rfind('/') + 1;
        return fmt::format(
            "{}.{}.{}", path.substr(0, slash), path.substr(slash), base::random_name());
    }

    std::string path_;
    std::string temporary_;
    base::UniqueFd fd_;
};

/// What an image would be made of.
struct Content {
    tree::Inventory inventory;
    Excludes excludes;
    tree::Inventory packed;
    std::string key;
};

Content read_content(
    const root::Root& root,
    const std::string& own_directory,
    const BuildOptions& options,
    const base::Context& context) {
    Content content;
    content.inventory = read_inventory(root, own_directory, context);
    content.excludes = Excludes::of(root);
    content.packed = content.excludes.apply_to(content.inventory);
    content.key = crypto::sha256(fmt::format(
                                     "{} {} {}",
                                     pack::pack_version,
                                     pack::compression_name(options.compression),
                                     tree::serialise(content.packed)))
                      .hex();
    return content;
}

pack::PackResult pack_to(
    NewOutput& output,
    const root::Root& root,
    const Content& content,
    const store::Store& chunks,
    pack::Compression compression,
    const base::Context& context) {
    return pack::pack(
        root,
        content.packed,
        {.compression = compression,
         .epoch = pack::newc_latest_time,
         .excludes = {},
         .restored_xattrs = build::restored_paths(root)},
        chunks,
        output.fd(),
        output.name(),
        context);
}

std::vector<check::Finding>
check_content(const root::Root& root, const tree::Inventory& inventory, const Excludes& excludes) {
    return check::check_bootability(
        {.inventory = inventory,
         .is_excluded = [&](std::string_view path) { return excludes.excludes(path); },
         .capabilities_restored = root.exists(build::capability_list_path)});
}

} // namespace

std::vector<check::Finding> check_image(const root::Root& root, const tree::Inventory& inventory) {
    return check_content(root, inventory, Excludes::of(root));
}

BuildOutcome build_image(
    const ImageStore& store,
    const std::string& name,
    const store::Store& chunks,
    const BuildOptions& options,
    const base::Context& context) {
    const base::Activity activity(
        context.reporter,
        {.kind = base::ActivityKind::stage,
         .title = fmt::format("building {}", name),
         .parent = context.parent_activity});
    const root::Root root = store.open_root(name);
    const std::string own = store.own_directory(name);
    const std::string path = store.output(name);
    const std::string plain_path = store.plain_output(name);
    const std::optional<BuildRecord> record = read_build_record(own);
    const std::optional<struct stat> former = status_of(path);
    const bool wants_plain = options.with_plain || status_of(plain_path).has_value();

    Content content = read_content(root, own, options, context);
    BuildOutcome outcome;
    outcome.former_size =
        former ? std::optional(static_cast<std::uint64_t>(former->st_size)) : std::nullopt;
    if (!options.initrd.empty()) {
        require_writable(store, name);
        const store::WorkDirectory work = store.make_work_directory(context.stop);
        outcome.initrd = build::make_initrd(
            store.real_root_path(name),
            root,
            content.inventory,
            {.system = options.initrd, .parts = {}},
            work.path(),
            context);
        content = read_content(root, own, options, context);
    }
    const bool has_plain = !wants_plain || status_of(plain_path).has_value();
    if (!options.force && record && former && record->fits(*former) && record->key == content.key &&
        has_plain) {
        outcome.is_current = true;
        outcome.entries = record->entries;
        outcome.size = record->size;
        outcome.unpacked_size = record->archive_size;
        outcome.digest = record->digest;
        return outcome;
    }
    if (!is_read_only(store, name) && run_exit_script(store, name, options.script_limit, context)) {
        content = read_content(root, own, options, context);
    }
    outcome.findings = check_content(root, content.inventory, content.excludes);

    NewOutput output(path);
    const pack::PackResult packed =
        pack_to(output, root, content, chunks, options.compression, context);
    for (const std::string& warning : packed.warnings) {
        context.reporter.message(base::LogLevel::warning, warning);
    }
    if (wants_plain) {
        NewOutput plain(plain_path);
        pack_to(plain, root, content, chunks, pack::Compression::none, context);
        plain.publish();
    }
    BuildRecord made;
    made.key = content.key;
    made.entries = packed.entries;
    made.archive_size = packed.archive_size;
    made.digest = packed.digest.hex();
    made.set_file(output.publish());
    write_build_record(own, made);

    outcome.entries = packed.entries;
    outcome.size = packed.size;
    outcome.unpacked_size = packed.archive_size;
    outcome.digest = made.digest;
    const auto sizes = check::check_sizes(packed.size, packed.archive_size);
    outcome.findings.insert(outcome.findings.end(), sizes.begin(), sizes.end());
    return outcome;
}

void report_findings(const std::vector<check::Finding>& findings, base::Reporter& reporter) {
    for (const check::Finding& finding : findings) {
        reporter.message(
            base::LogLevel::warning,
            fmt::format("{} [{}]; {}", finding.message, finding.code, finding.hint));
    }
}

} // namespace imgbuild::images
