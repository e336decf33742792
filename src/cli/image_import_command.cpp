// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "build/log_place.hpp"
#include "cli/described_image.hpp"
#include "cli/image_arguments.hpp"
#include "cli/image_steps.hpp"
#include "cli/image_verbs.hpp"
#include "cli/runtime.hpp"
#include "cli/verb_options.hpp"
#include "cli/workshop.hpp"
#include "images/import.hpp"
#include "images/import_container.hpp"
#include "net/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <utility>

namespace imgbuild::cli {

namespace {

class ImageImportCommand final : public Command {
public:
    explicit ImageImportCommand(ImageOptions& options)
        : images_(options) {}

    std::string name() const override { return "import"; }

    std::string summary() const override {
        return "Make an image of a container image, a directory, an archive or a description";
    }

    std::string examples() const override {
        return "  imgbuild image import docker://registry.example/group/name:tag node\n"
               "  imgbuild image import /srv/chroot node\n"
               "  imgbuild image import root.tar.zst node --build --syncuser\n"
               "  imgbuild image import descriptions/debian-minimal node\n"
               "  imgbuild image import / this-machine";
    }

    void declare(CLI::App& app) override {
        VerbOptions options(app);
        options.add_alias("pull");
        options.add_required(
            "source",
            source_,
            "A container image (docker://, docker-daemon:, oci-archive: … or an archive of one), a "
            "directory, a tar or cpio archive, a description, the result of a build, or / for this "
            "machine",
            "SOURCE");
        options.add_optional("image", name_, "The image's name. Default: the source's", "NAME");
        options.add_flag("-f,--force", import_.force, "Replace an image of that name");
        options.add_flag("-u,--update", import_.update, "Bring an image of that name up to date");
        options.add_flag("-b,--build", build_, "Build the image afterwards");
        options.add_flag("--syncuser", syncuser_, "Give users and groups this machine's numbers");
        options.add_flag(
            "--keep-singularity", keep_singularity_, "Keep what Apptainer puts into a sandbox");
        access_.declare_access(app);
        options.add_flag("--nohttps", no_https_, "Ask registries by http");
        options.add_text(
            "--username", user_, "For the registry; also WAREWULF_OCI_USERNAME", "USER");
        options.add_text(
            "--password",
            password_,
            "For the registry. Everybody on this machine sees it: better WAREWULF_OCI_PASSWORD",
            "PASSWORD");
    }

    int run(const GlobalOptions& options) override {
        Runtime runtime(options, Runtime::Privileges::build_roots);
        const base::Context context = runtime.context();
        const images::ImageStore store = images_.open_store();
        if (name_.empty()) {
            name_ = default_name();
        }
        images::ImageStore::check_name(name_);
        import_.wait = images_.wait();
        report(import(store, runtime, context), runtime.reporter());
        if (syncuser_) {
            sync_users(store, name_, images_, context);
        }
        if (build_) {
            build_one(store, name_, images_, {}, runtime);
        }
        return 0;
    }

private:
    /// As wwctl has it: the last part of the path. Of a container's URI without what says how to get it.
    std::string default_name() const {
        std::string path = source_;
        while (path.size() > 1 && path.back() == '/') {
            path.pop_back();
        }
        std::string name = path.substr(path.rfind('/') + 1);
        const std::size_t colon = name.find(':');
        if (!base::exists(source_) && name == path && name.find(':', colon + 1) != name.npos) {
            name.erase(0, colon + 1);
        }
        for (const char* const ending :
             {".gz", ".xz", ".zst", ".bz2", ".tar", ".tgz", ".cpio", ".img", ".xml", ".kiwi"}) {
            if (name.ends_with(ending)) {
                name.erase(name.size() - std::string_view(ending).size());
            }
        }
        return name;
    }

    images::ImportOutcome
    import(const images::ImageStore& store, Runtime& runtime, const base::Context& context) const {
        if (!base::exists(source_)) {
            if (!images::is_container_uri(source_)) {
                throw base::UsageError(
                    fmt::format("there is no file or directory {}", base::printable(source_)))
                    .set_hint("an image in a registry is docker://NAME:TAG");
            }
            return import_container(source_, store, runtime, context);
        }
        const std::string result = image_of_result(source_);
        if (!result.empty()) {
            return images::import_image(
                store, name_, images::archive_source(result), import_, context);
        }
        if (is_description(source_)) {
            return import_description(store, runtime, context);
        }
        if (base::is_directory(source_)) {
            const bool is_layout = base::exists(base::join_path(source_, "oci-layout"));
            return is_layout ? import_container("oci:" + source_, store, runtime, context)
                             : images::import_image(
                                   store,
                                   name_,
                                   images::directory_source(store, source_, keep_singularity_),
                                   import_,
                                   context);
        }
        if (images::is_container_archive(source_)) {
            return import_container(
                "file://" + net::percent_encode_path(source_), store, runtime, context);
        }
        return images::import_image(
            store, name_, images::archive_source(source_), import_, context);
    }

    images::ImportOutcome import_container(
        const std::string& uri,
        const images::ImageStore& store,
        Runtime& runtime,
        const base::Context& context) const {
        const store::Store content = open_store(runtime.store_path(), context);
        oci::SourceOptions options = access_.source_options(content);
        options.host = host_with_wishes(options.host);
        images::ImportSource source =
            images::container_source(uri, options, access_.wanted_platform());
        if (base::exists(source_)) {
            source.description = source_;
        }
        return images::import_image(store, name_, source, import_, context);
    }

    /// What wwctl takes as options too stands in the environment.
    config::Host host_with_wishes(const config::Host& host) const {
        std::map<std::string, std::string> environment = host.environment();
        if (no_https_) {
            environment["WAREWULF_OCI_NOHTTPS"] = "1";
        }
        if (!user_.empty()) {
            environment["WAREWULF_OCI_USERNAME"] = user_;
        }
        if (!password_.empty()) {
            environment["WAREWULF_OCI_PASSWORD"] = password_;
        }
        return {"", std::move(environment), host.is_superuser()};
    }

    images::ImportOutcome import_description(
        const images::ImageStore& store, Runtime& runtime, const base::Context& context) const {
        BuildArguments arguments;
        arguments.build.description = source_;
        build::BuildLog log(
            build::new_log_path(open_store(runtime.store_path(), context).path(), "import"),
            runtime.reporter(),
            context.stop);
        const base::Context logged = {log, context.pool, context.stop};
        const Workshop workshop(arguments, runtime.store_path(), logged);
        return images::import_image(store, name_, built_source(workshop, log), import_, logged);
    }

    void report(const images::ImportOutcome& outcome, base::Reporter& reporter) const {
        if (outcome.is_unchanged) {
            std::cout << fmt::format("{}: nothing changed\n", name_);
            return;
        }
        images::report_findings(outcome.findings, reporter);
        const bool boots = std::none_of(
            outcome.findings.begin(), outcome.findings.end(), [](const check::Finding& finding) {
                return finding.severity == base::Severity::error;
            });
        const std::uint64_t differences = outcome.added + outcome.changed + outcome.removed;
        std::cout << fmt::format(
            "{}: imported, {} entries, {}{}; {}\n",
            name_,
            outcome.entries,
            base::format_bytes(outcome.bytes),
            differences == 0 ? std::string()
                             : fmt::format(
                                   " ({} added, {} changed, {} removed)",
                                   outcome.added,
                                   outcome.changed,
                                   outcome.removed),
            boots ? "nodes can boot it" : "nodes can't boot it as it is");
    }

    ImageOptions& images_;
    images::ImportOptions import_;
    std::string source_;
    std::string name_;
    bool build_ = false;
    bool syncuser_ = false;
    bool keep_singularity_ = false;
    ImageArguments access_;
    std::string user_;
    std::string password_;
    bool no_https_ = false;
};

} // namespace

std::unique_ptr<Command> make_image_import_command(ImageOptions& options) {
    return std::make_unique<ImageImportCommand>(options);
}

} // namespace imgbuild::cli
