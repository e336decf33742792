// SPDX-License-Identifier: Apache-2.0
#include "package/private_apt.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "package/host_tools.hpp"
#include "process/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace imgbuild::package {
namespace {

/// Stands for the distribution in apt's sources; the real one is in the Release file.
constexpr std::string_view suite = "x";

/// apt writes an address as a file name in its directory of lists.
std::string list_name(const std::string& host, std::size_t number, std::string_view rest) {
    std::string name = fmt::format("{}_{}_dists_{}_", host, number, suite);
    for (const char character : rest) {
        if (character == '/') {
            name += '_';
        } else if (
            std::string_view("\\|{}[]<>\"^~_=!@#$%&*").find(character) != std::string_view::npos) {
            name += fmt::format("%{:02x}", static_cast<unsigned char>(character));
        } else {
            name += character;
        }
    }
    return name;
}

std::string host_of(const std::string& url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string::npos) {
        return {};
    }
    std::string_view rest = std::string_view(url).substr(scheme + 3);
    rest = rest.substr(0, rest.find('/'));
    if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
        rest.remove_prefix(at + 1);
    }
    const std::string host = base::to_lower(rest.substr(0, rest.find(':')));
    const bool plain =
        !host.empty() &&
        host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
    return plain ? host : std::string();
}

/// Every path is ours: APT_CONFIG is read first, and what it names replaces the host's files.
std::string configuration(const std::string& directory, const std::string& architecture) {
    std::string text = fmt::format(
        R"(Dir "{0}/";
Dir::Etc "{0}/etc/";
Dir::Etc::main "{0}/etc/none";
Dir::Etc::parts "{0}/etc/empty/";
Dir::Etc::sourcelist "{0}/etc/sources.list";
Dir::Etc::sourceparts "{0}/etc/empty/";
Dir::Etc::preferences "{0}/etc/preferences";
Dir::Etc::preferencesparts "{0}/etc/empty/";
Dir::Etc::trusted "{0}/etc/none";
Dir::Etc::trustedparts "{0}/etc/empty/";
Dir::Etc::netrc "{0}/etc/none";
Dir::Etc::netrcparts "{0}/etc/empty/";
Dir::State "{0}/state/";
Dir::State::lists "{0}/state/lists/";
Dir::State::status "{0}/state/status";
Dir::State::extended_states "{0}/state/extended_states";
Dir::Cache "{0}/cache/";
Dir::Cache::archives "{0}/cache/archives/";
Dir::Log "{0}/log/";
)",
        directory);
    text += fmt::format(
        R"(APT::Architecture "{0}";
APT::Architectures {{ "{0}"; }};
APT::Sandbox::User "root";
APT::Get::Assume-Yes "true";
Acquire::Languages "none";
Debug::NoLocking "true";
)",
        architecture);
    // Without it apt takes itself for essential and plans another order.
    text += "pkgCacheGen::ForceEssential \",\";\n";
    // The plan must name the packages, not a directory that holds them.
    text += "DPkg::Install::Recursive::Minimum \"1000000\";\n";
    return text;
}

} // namespace

std::vector<std::string> source_hosts(const std::vector<PackageSource>& sources) {
    std::vector<std::string> hosts;
    hosts.reserve(sources.size());
    for (const PackageSource& source : sources) {
        hosts.push_back(host_of(source.public_url.empty() ? source.url : source.public_url));
    }
    std::vector<std::string> unique = hosts;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const bool shared = std::count(hosts.begin(), hosts.end(), hosts[i]) > 1;
        if (hosts[i].empty() || (shared && sources[i].priority)) {
            unique[i] = fmt::format("source-{}.invalid", i);
        }
    }
    return unique;
}

std::string make_preferences(const PackageRequest& request, const std::vector<std::string>& hosts) {
    std::string text = request.preferences;
    if (!text.empty() && !text.ends_with('\n')) {
        text += '\n';
    }
    for (std::size_t i = 0; i < request.sources.size(); ++i) {
        if (const std::optional<int> priority = request.sources[i].priority) {
            text += fmt::format(
                "\nPackage: *\nPin: origin \"{}\"\nPin-Priority: {}\n", hosts[i], *priority);
        }
    }
    for (const WantedPackage& ignored : request.ignored) {
        text += fmt::format(
            "\nPackage: {}\nPin: version *\nPin-Priority: -1\n",
            base::printable(base::trim(ignored.name)));
    }
    return text;
}

PrivateApt::PrivateApt(const store::Store& store, const std::string& architecture)
    : directory_(store.make_work_directory())
    , store_(store) {
    require_host_tool("apt-get");
    for (const char* const name :
         {"etc/empty", "state/lists/partial", "cache/archives/partial", "log", "tmp"}) {
        base::make_directories(place(name));
    }
    base::replace_file(place("apt.conf"), configuration(directory_.path(), architecture));
    base::replace_file(place("state/status"), "");
}

std::string PrivateApt::place(std::string_view name) const {
    return base::join_path(directory_.path(), name);
}

void PrivateApt::set_sources(
    const PackageRequest& request,
    const std::vector<SourceRelease>& releases,
    const std::vector<IndexFile>& files,
    const std::vector<std::string>& texts) {
    const std::vector<std::string> hosts = source_hosts(request.sources);
    for (std::size_t i = 0; i < releases.size(); ++i) {
        if (!releases[i].text.empty()) {
            const std::string name = list_name(hosts[i], i, "Release");
            base::replace_file(place("state/lists/" + name), releases[i].text);
        }
    }
    std::string sources;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const IndexFile& file = files[i];
        // Trusted, since imgbuild has checked signature, digest and age before apt sees the file.
        const std::string line = fmt::format(
            "deb [trusted=yes] http://{}/{} {} {}\n",
            hosts[file.source],
            file.source,
            suite,
            file.component);
        if (sources.find(line) == std::string::npos) {
            sources += line;
        }
        const std::string rest =
            fmt::format("{}/binary-{}/Packages", file.component, file.architecture);
        const std::string name = list_name(hosts[file.source], file.source, rest);
        base::replace_file(place("state/lists/" + name), texts[i]);
    }
    base::replace_file(place("etc/sources.list"), sources);
    base::replace_file(place("etc/preferences"), make_preferences(request, hosts));
}

void PrivateApt::set_status(std::string_view status, std::string_view extended_states) {
    base::replace_file(place("state/status"), status);
    base::replace_file(place("state/extended_states"), extended_states);
}

void PrivateApt::pretend_downloaded(const PlannedPackage& package, std::uint64_t size) {
    const std::string path = place("cache/archives/" + archive_file_name(package));
    const base::UniqueFd fd = base::open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) {
        base::throw_errno("making " + path);
    }
}

PrivateApt::Answer
PrivateApt::run(const std::vector<std::string>& arguments, const base::Context& context) const {
    Answer answer;
    process::Command command;
    command.argv = {"apt-get", "-q"};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment = std::map<std::string, std::string>{
        {"APT_CONFIG", place("apt.conf")},
        {"HOME", directory_.path()},
        {"LANG", "C"},
        {"LC_ALL", "C"},
        {"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"},
        {"TMPDIR", place("tmp")},
    };
    command.working_directory = directory_.path();
    // apt names all packages of a call in one line.
    command.longest_line = std::size_t{1} << 26U;
    command.on_line = [&answer](std::string_view line) {
        answer.messages += line;
        answer.messages += '\n';
    };
    process::Result result = process::run(command, context);
    answer.status = result.status;
    answer.output = std::move(result.output);
    // What apt then says of packages would mislead.
    if (answer.status != 0 &&
        answer.messages.find("No space left on device") != std::string::npos) {
        throw base::SystemError(
            ENOSPC, fmt::format("apt-get, resolving packages in the store {}", store_.path()));
    }
    return answer;
}

} // namespace imgbuild::package
