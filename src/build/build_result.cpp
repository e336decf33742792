// SPDX-License-Identifier: Apache-2.0
#include "build/build_result.hpp"

#include "base/error.hpp"
#include "json/json.hpp"

#include <fmt/format.h>

#include <cmath>

namespace imgbuild::build {

std::string to_json(const BuildResult& result) {
    json::Value document;
    document["name"] = result.name;
    document["version"] = result.version;
    document["arch"] = result.architecture;
    document["artifacts"] = json::Value::array();
    for (const Artifact& artifact : result.artifacts) {
        document["artifacts"].push_back(
            {{"path", artifact.path},
             {"kind", artifact.kind},
             {"size", artifact.size},
             {"sha256", artifact.digest.hex()}});
    }
    document["kernel"]["version"] = result.kernel_version;
    document["memory_needed"] = result.memory_needed;
    document["stages"] = json::Value::array();
    for (const StageRecord& stage : result.stages) {
        document["stages"].push_back(
            {{"name", stage.name},
             {"key", stage.key},
             {"cached", stage.cached},
             {"seconds", std::round(stage.seconds * 1000) / 1000}});
    }
    document["warnings"] = result.warnings;
    document["tool"]["version"] = result.tool_version;
    return json::dump(document);
}

BuildResult parse_build_result(std::string_view text, const std::string& name) {
    const json::Value document = json::parse(text, name);
    try {
        BuildResult result;
        result.name = document.at("name").get<std::string>();
        result.version = document.at("version").get<std::string>();
        result.architecture = document.at("arch").get<std::string>();
        for (const json::Value& item : document.at("artifacts")) {
            const auto digest = crypto::Digest::from_hex(item.at("sha256").get<std::string>());
            const std::string path = item.at("path").get<std::string>();
            const bool is_name =
                !path.empty() && path != "." && path != ".." && path.find('/') == std::string::npos;
            if (!digest || !is_name) {
                throw base::Error(
                    fmt::format("{}: an artifact has no usable path or digest", name));
            }
            result.artifacts.push_back(
                {path,
                 item.at("kind").get<std::string>(),
                 item.at("size").get<std::uint64_t>(),
                 *digest});
        }
        result.kernel_version = document.at("kernel").at("version").get<std::string>();
        result.memory_needed = document.value("memory_needed", std::uint64_t{0});
        for (const json::Value& item : document.at("stages")) {
            result.stages.push_back(
                {item.at("name").get<std::string>(),
                 item.at("key").get<std::string>(),
                 item.at("cached").get<bool>(),
                 item.at("seconds").get<double>()});
        }
        result.warnings = document.at("warnings").get<std::vector<std::string>>();
        result.tool_version = document.at("tool").at("version").get<std::string>();
        return result;
    } catch (const json::Value::exception& problem) {
        throw base::Error(fmt::format("{} is not a result of imgbuild: {}", name, problem.what()));
    }
}

} // namespace imgbuild::build
