// SPDX-License-Identifier: Apache-2.0
#include "oci/image_config.hpp"

#include "base/text.hpp"
#include "json/fields.hpp"
#include "oci/document_reader.hpp"

#include <fmt/format.h>

namespace imgbuild::oci {

namespace {

std::vector<crypto::Digest>
read_diff_ids(const json::Value& document, std::size_t layers, const std::string& name) {
    const json::Value* const rootfs = json::find_member(document, "rootfs", name);
    if (rootfs == nullptr) {
        refuse_document(name, "names no layers (\"rootfs\" is missing)");
    }
    const std::string where = name + ": rootfs";
    const std::vector<std::string> texts = json::text_list_member(*rootfs, "diff_ids", where);
    if (texts.size() != layers) {
        refuse_document(
            name, fmt::format("names {} layers, the manifest has {}", texts.size(), layers));
    }
    std::vector<crypto::Digest> diff_ids;
    diff_ids.reserve(texts.size());
    for (const std::string& text : texts) {
        diff_ids.push_back(require_digest(text, where));
    }
    return diff_ids;
}

void read_run_settings(ImageConfig& config, const json::Value& document, const std::string& name) {
    const json::Value* const run = json::find_member(document, "config", name);
    if (run == nullptr) {
        return;
    }
    const std::string where = name + ": config";
    config.user = json::text_member(*run, "User", where);
    config.environment = json::text_list_member(*run, "Env", where);
    config.entrypoint = json::text_list_member(*run, "Entrypoint", where);
    config.command = json::text_list_member(*run, "Cmd", where);
    config.working_directory = json::text_member(*run, "WorkingDir", where);
    config.stop_signal = json::text_member(*run, "StopSignal", where);
    config.exposed_ports = json::names_member(*run, "ExposedPorts", where);
    config.volumes = json::names_member(*run, "Volumes", where);
    config.labels = json::text_map_member(*run, "Labels", where);
}

std::vector<ImageConfig::HistoryEntry>
read_history(const json::Value& document, const std::string& name) {
    std::vector<ImageConfig::HistoryEntry> history;
    const std::string where = name + ": history";
    for (const json::Value& entry : json::list_member(document, "history", name)) {
        history.push_back(
            {json::text_member(entry, "created", where),
             json::text_member(entry, "created_by", where),
             json::text_member(entry, "comment", where),
             json::flag_member(entry, "empty_layer", where)});
    }
    return history;
}

} // namespace

ImageConfig parse_image_config(std::string_view text, std::size_t layers, const std::string& name) {
    check_document_size(text, name);
    return reading_document([&] {
        const json::Value document = json::parse(text, name);
        ImageConfig config;
        config.platform = {
            json::text_member(document, "os", name),
            json::text_member(document, "architecture", name),
            json::text_member(document, "variant", name)};
        config.created = json::text_member(document, "created", name);
        config.author = json::text_member(document, "author", name);
        config.diff_ids = read_diff_ids(document, layers, name);
        read_run_settings(config, document, name);
        config.history = read_history(document, name);
        return config;
    });
}

} // namespace imgbuild::oci
