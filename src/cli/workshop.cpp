// SPDX-License-Identifier: Apache-2.0
#include "cli/workshop.hpp"

#include "base/architecture.hpp"
#include "build/containers.hpp"
#include "build/foreign_architecture.hpp"
#include "config/host.hpp"
#include "config/mirrors.hpp"
#include "config/transfer_settings.hpp"
#include "oci/registry_client.hpp"
#include "package/apt_package_manager.hpp"
#include "root/namespaces.hpp"

namespace imgbuild::cli {

store::Store open_store(const std::string& path, const base::Context& context) {
    return store::Store::open(path, root::id_mapping_name(), context.stop);
}

Workshop::Workshop(
    const BuildArguments& arguments,
    const std::string& store_path,
    const base::Context& context,
    Indexes indexes)
    : options_(arguments.options())
    // The description comes first: its mistakes must not wait for anything.
    , inputs_(build::read_description(options_, context))
    , store_(open_store(store_path, context))
    , in_use_(store_.make_work_directory())
    , client_(config::transfer_options(config::Host::current(), arguments.transfers))
    , manager_(std::make_unique<package::AptPackageManager>(
          client_,
          store_,
          arguments.unpacking == "dpkg" ? package::Unpacking::dpkg : package::Unpacking::native,
          arguments.configuring == "plain" ? package::Configuring::plain
                                           : package::Configuring::fast)) {
    const config::Mirrors mirrors =
        config::Mirrors::load(config::Host::current(), arguments.mirrors);
    build::locate_sources(inputs_, options_, mirrors, client_, context);
    const bool recalls = indexes == Indexes::last_known && !options_.refresh;
    const oci::SourceOptions images{
        .store = store_,
        .transfers = config::transfer_options(config::Host::current(), arguments.transfers),
        .authfile = arguments.authfile,
        .policy = arguments.policy,
        .recalls = recalls,
        .pool = std::make_shared<oci::RegistryPool>()};
    build::resolve_base(inputs_, images, context);
    resolve_packages(indexes, recalls, context);
    build::resolve_containers(inputs_, images, context);
    plan_ = build::make_plan(inputs_, *manager_, store_, context);
}

Workshop::~Workshop() = default;

void Workshop::resolve_packages(Indexes indexes, bool recalls, const base::Context& context) {
    if (recalls) {
        if (build::recall_base(inputs_, store_) &&
            build::recall_packages(inputs_, *manager_, store_)) {
            return;
        }
        context.reporter.message(
            base::LogLevel::info,
            "no earlier resolution of this description is in the store: the mirrors are asked");
    }
    build::bring_base(inputs_, store_, options_.driver, context);
    // Stages of packages that were never resolved will have to run: better to say now that they can't
    // than when all has been fetched.
    const std::string host = base::host_architecture();
    if (indexes == Indexes::current && inputs_.request.architecture != host &&
        !build::knows_packages(inputs_, *manager_)) {
        build::require_runnable(inputs_.request.architecture, host);
    }
    build::resolve_packages(inputs_, *manager_, store_, context);
}

} // namespace imgbuild::cli
