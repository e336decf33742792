// SPDX-License-Identifier: Apache-2.0
#include "cli/image_report.hpp"

#include "base/text.hpp"
#include "cli/display_text.hpp"
#include "json/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace imgbuild::cli {

namespace {

std::uint64_t total_size(const oci::PinnedImage& image) {
    return std::accumulate(
        image.layers.begin(),
        image.layers.end(),
        std::uint64_t{0},
        [](std::uint64_t sum, const oci::Layer& layer) { return sum + layer.blob.size; });
}

std::string_view name_of(oci::LayerCompression compression) {
    switch (compression) {
    case oci::LayerCompression::gzip:
        return "gzip";
    case oci::LayerCompression::zstd:
        return "zstd";
    default:
        return "plain";
    }
}

std::string compression_of(const oci::Layer& layer) {
    const auto compression = oci::declared_compression(layer.blob.media_type);
    return compression ? std::string(name_of(*compression)) : "";
}

/// The words of a command line; those with blanks in quotes.
std::string command_line(const oci::ImageConfig& config) {
    std::vector<std::string> words = config.entrypoint;
    words.insert(words.end(), config.command.begin(), config.command.end());
    for (std::string& word : words) {
        word = base::printable(word);
        if (word.empty() || word.find_first_of(" \"'") != std::string::npos) {
            word = "'" + word + "'";
        }
    }
    return base::join(words, " ");
}

/// What made each layer, as its builder wrote it down; "" where that isn't known.
std::vector<std::string> makers_of_layers(const oci::ImageConfig& config, std::size_t layers) {
    std::vector<std::string> makers;
    for (const oci::ImageConfig::HistoryEntry& entry : config.history) {
        if (!entry.is_empty_layer) {
            makers.push_back(base::printable(entry.created_by));
        }
    }
    // A history that doesn't fit tells nothing.
    return makers.size() == layers ? makers : std::vector<std::string>(layers);
}

class Report {
public:
    void line(std::string_view name, const std::string& value) {
        if (!value.empty()) {
            text_ += fmt::format("{:<10}  {}\n", name, value);
        }
    }

    void lines(std::string_view name, const std::vector<std::string>& values) {
        for (const std::string& value : values) {
            line(name, base::printable(value));
            name = "";
        }
    }

    void raw(const std::string& text) { text_ += text; }

    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

std::string layer_table(const oci::PinnedImage& image) {
    constexpr std::size_t digits = 12;
    constexpr std::size_t maker_width = 60;
    const std::vector<std::string> makers =
        makers_of_layers(image.parsed_config, image.layers.size());
    std::string text;
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
        const oci::Layer& layer = image.layers[i];
        std::string row = fmt::format(
            "{:>5}  {}  {:>9}  {:<5}  {}",
            i + 1,
            layer.blob.digest.hex().substr(0, digits),
            base::format_bytes(layer.blob.size),
            compression_of(layer),
            cut_to_width(makers[i], maker_width));
        row.erase(row.find_last_not_of(' ') + 1);
        text += row + "\n";
    }
    return text.empty() ? "" : "\nLAYER  DIGEST             SIZE         MADE BY\n" + text;
}

json::Value layers_json(const oci::PinnedImage& image) {
    json::Value layers = json::Value::array();
    for (const oci::Layer& layer : image.layers) {
        layers.push_back(
            {{"digest", oci::to_string(layer.blob.digest)},
             {"diff_id", oci::to_string(layer.diff_id)},
             {"size", layer.blob.size},
             {"media_type", layer.blob.media_type}});
    }
    return layers;
}

} // namespace

std::string image_text(const oci::PinnedImage& image) {
    const oci::ImageConfig& config = image.parsed_config;
    Report report;
    report.line("image", base::printable(image.reference));
    report.line(
        "digest", oci::to_string(image.digest()) + (image.index ? " (for several platforms)" : ""));
    if (image.index) {
        report.line("manifest", oci::to_string(image.manifest.digest));
    }
    report.line("id", oci::to_string(image.id()));
    report.line("platform", base::printable(to_string(config.platform)));
    report.line("created", base::printable(config.created));
    report.line(
        "size",
        fmt::format(
            "{} in {} layer{}",
            base::format_bytes(total_size(image)),
            image.layers.size(),
            image.layers.size() == 1 ? "" : "s"));
    report.line("trust", base::printable(image.trust));
    report.line("runs", command_line(config));
    report.line("user", base::printable(config.user));
    report.line("directory", base::printable(config.working_directory));
    report.lines("ports", config.exposed_ports);
    report.lines("volumes", config.volumes);
    report.lines("variables", config.environment);
    std::vector<std::string> labels;
    for (const auto& [name, value] : config.labels) {
        labels.push_back(name + "=" + value);
    }
    report.lines("labels", labels);
    report.raw(layer_table(image));
    return report.take();
}

std::string image_json(const oci::PinnedImage& image) {
    const oci::ImageConfig& config = image.parsed_config;
    json::Value document;
    document["reference"] = image.reference;
    document["repository"] = image.repository;
    document["tag"] = image.tag;
    document["digest"] = oci::to_string(image.digest());
    document["manifest"] = {
        {"digest", oci::to_string(image.manifest.digest)},
        {"media_type", image.manifest.media_type}};
    document["id"] = oci::to_string(image.id());
    document["platform"] = to_string(config.platform);
    document["created"] = config.created;
    document["size"] = total_size(image);
    document["trust"] = image.trust;
    document["entrypoint"] = config.entrypoint;
    document["command"] = config.command;
    document["user"] = config.user;
    document["working_directory"] = config.working_directory;
    document["environment"] = config.environment;
    document["exposed_ports"] = config.exposed_ports;
    document["volumes"] = config.volumes;
    document["labels"] = config.labels;
    document["layers"] = layers_json(image);
    return json::dump(document);
}

} // namespace imgbuild::cli
