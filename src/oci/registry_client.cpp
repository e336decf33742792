// SPDX-License-Identifier: Apache-2.0
#include "oci/registry_client.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "net/url.hpp"
#include "oci/signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace imgbuild::oci {

namespace {

constexpr std::string_view record_kind = "registry";
constexpr std::chrono::minutes document_time{2};

/// A registry may ask for a login, then for another scope, then for a fresh token. More is a game.
constexpr int login_tries = 4;

constexpr std::array accepted_types = {
    media_type::oci_index,
    media_type::oci_manifest,
    media_type::docker_list,
    media_type::docker_manifest,
    std::string_view("application/vnd.docker.distribution.manifest.v1+prettyjws"),
};

std::string pull_scope(const std::string& path) {
    return "repository:" + path + ":pull";
}

std::string host_of(const std::string& registry) {
    return registry == "docker.io" ? "registry-1.docker.io" : registry;
}

net::ClientOptions client_options(const RegistryAccess& access) {
    net::ClientOptions options = access.transfers;
    // Registries have login files of their own.
    options.credential_files.clear();
    options.verify_server = !access.is_insecure;
    return options;
}

std::string content_type(const net::Response& response) {
    const auto found = response.headers.find("content-type");
    return found == response.headers.end() ? "" : found->second;
}

std::optional<crypto::Digest> stated_digest(const net::Response& response) {
    const auto found = response.headers.find("docker-content-digest");
    return found == response.headers.end() ? std::nullopt : parse_digest(found->second);
}

class ReceiverSink final : public net::Sink {
public:
    explicit ReceiverSink(BlobReceiver& receiver)
        : receiver_(receiver) {}

    void write(std::span<const std::byte> bytes) override { receiver_.write(bytes); }

    void restart() override { receiver_.restart(); }

private:
    BlobReceiver& receiver_;
};

/// Where a layer lies that the registry itself does not have. Never a file of this machine, whatever the
/// manifest says.
std::string foreign_url(const Descriptor& blob) {
    for (const std::string& text : blob.urls) {
        const std::optional<net::Url> url = net::Url::parse(text);
        if (url && (url->scheme == "http" || url->scheme == "https")) {
            return text;
        }
    }
    throw base::Error(
        fmt::format(
            "layer {}: its manifest names \"{}\" as its place, which is no http or https URL",
            to_string(blob.digest),
            base::printable(blob.urls.front())),
        base::ExitCode::fetch);
}

/// Not what was asked for is the trouble, but the registry: it is not there, or it serves nobody.
bool is_no_answer(const net::TransferError& fault) {
    const std::array unavailable = {429L, 502L, 503L, 504L};
    return fault.failure() == net::TransferFailure::unreachable ||
           fault.failure() == net::TransferFailure::timed_out ||
           std::find(unavailable.begin(), unavailable.end(), fault.status()) != unavailable.end();
}

} // namespace

std::chrono::milliseconds blob_time_limit(std::uint64_t size) {
    constexpr std::uint64_t slowest = 20'000; // bytes a second
    constexpr std::chrono::minutes always_allowed{30};
    constexpr std::uint64_t longest = std::uint64_t{30} * 24 * 3600;
    return always_allowed + std::chrono::seconds(std::min(size / slowest, longest));
}

RegistryClient::RegistryClient(RegistryAccess access, const store::Store& store)
    : access_(std::move(access))
    , store_(store)
    , client_(client_options(access_)) {}

store::Key RegistryClient::record_key() const {
    return crypto::sha256(fmt::format(
        "registry 1\n{}\n{}{}\n", access_.registry, access_.is_insecure, access_.without_https));
}

/// Any answer will do: who refuses speaks the protocol too.
bool RegistryClient::answers(const std::string& base_url, const base::Context& context) const {
    net::ClientOptions options = client_options(access_);
    options.tries = 1;
    net::Client probe(options);
    try {
        constexpr std::size_t answer_limit = std::size_t{1} << 20U;
        net::Request request;
        request.url = base_url + "/v2/";
        (void)probe.fetch_text(request, answer_limit, context);
        return true;
    } catch (const net::TransferError& fault) {
        return fault.status() != 0;
    }
}

std::optional<std::string> RegistryClient::find_base_url(const base::Context& context) const {
    const std::string https = "https://" + host_of(access_.registry);
    const std::string http = "http://" + host_of(access_.registry);
    if (access_.without_https) {
        return http;
    }
    if (!access_.is_insecure || answers(https, context)) {
        return https;
    }
    return answers(http, context) ? std::optional(http) : std::nullopt;
}

RegistryAuth& RegistryClient::auth(const base::Context& context) {
    if (auth_) {
        return *auth_;
    }
    // "BASE-URL\nCHALLENGE\n", from an earlier run: saves asking how to ask.
    std::string challenge;
    if (const auto record = store_.find_record(record_kind, record_key())) {
        const std::vector<std::string_view> lines = base::split_lines(*record);
        if (lines.size() == 2) {
            base_url_ = lines[0];
            challenge = lines[1];
            remembered_ = *record;
        }
    }
    if (base_url_.empty()) {
        base_url_ = find_base_url(context).value_or("https://" + host_of(access_.registry));
    }
    auth_.emplace(client_, base_url_, access_.login);
    auth_->expect(challenge);
    return *auth_;
}

bool RegistryClient::finds_other_protocol(const base::Context& context) {
    if (remembered_.empty() || !access_.is_insecure || access_.without_https) {
        return false;
    }
    remembered_.clear();
    const std::optional<std::string> found = find_base_url(context);
    if (!found || *found == base_url_) {
        return false;
    }
    base_url_ = *found;
    auth_.emplace(client_, base_url_, access_.login);
    return true;
}

void RegistryClient::remember() {
    const std::string text = base_url_ + "\n" + auth_->challenge() + "\n";
    const bool is_one_line = auth_->challenge().find('\n') == std::string::npos;
    if (text != remembered_ && is_one_line) {
        store_.put_record(record_kind, record_key(), text);
        remembered_ = text;
    }
}

template <typename Send>
auto RegistryClient::send(
    net::Request request,
    const std::string& path,
    const base::Context& context,
    const Send& send_one) {
    const std::string scope = pull_scope(path);
    RegistryAuth& login = auth(context);
    for (int tries = 1;; ++tries) {
        net::Request attempt = request;
        attempt.url = base_url_ + request.url;
        login.authorise(attempt, scope, context);
        try {
            auto answer = send_one(attempt);
            remember();
            return answer;
        } catch (const net::TransferError& fault) {
            if (tries == login_tries) {
                throw;
            }
            if (!login.learn(fault, scope) && !finds_other_protocol(context)) {
                throw;
            }
        }
    }
}

std::pair<net::Response, std::string> RegistryClient::ask(
    const net::Request& request, const std::string& path, const base::Context& context) {
    const std::lock_guard lock(mutex_);
    if (silence_) {
        throw_silence();
    }
    try {
        auto answer = send(request, path, context, [&](const net::Request& attempt) {
            return client_.fetch_text(attempt, document_limit, context);
        });
        has_answered_ = true;
        return answer;
    } catch (const net::TransferError& fault) {
        note_silence(fault);
        throw;
    }
}

/// Of a registry that has answered before another image may well come.
void RegistryClient::note_silence(const net::TransferError& fault) {
    if (!is_no_answer(fault)) {
        has_answered_ = true;
    } else if (!has_answered_) {
        silence_ = fault;
    }
}

void RegistryClient::throw_silence() const {
    const std::string cause = silence_->message().substr(silence_->url().size() + 2);
    net::TransferError error(
        silence_->failure(), base_url_, silence_->status(), "failed before: " + cause);
    error.set_hint(silence_->hint()).set_exit_code(silence_->exit_code());
    throw error;
}

net::Request
RegistryClient::manifest_request(const std::string& path, const std::string& reference) const {
    net::Request request;
    request.url = "/v2/" + path + "/manifests/" + reference;
    request.size_limit = document_limit;
    request.time_limit = document_time;
    request.title = path + " " + reference;
    for (const std::string_view type : accepted_types) {
        request.headers.push_back("Accept: " + std::string(type));
    }
    return request;
}

net::Request RegistryClient::blob_request(const std::string& path, const Descriptor& blob) const {
    net::Request request;
    request.url = "/v2/" + path + "/blobs/" + to_string(blob.digest);
    request.expected_size = blob.size;
    request.time_limit = blob_time_limit(blob.size);
    request.is_immutable = true;
    request.title = "layer " + blob.digest.hex().substr(0, 12);
    return request;
}

std::optional<RegistryClient::ManifestHead> RegistryClient::manifest_head(
    const std::string& path, const std::string& tag, const base::Context& context) {
    net::Request request = manifest_request(path, tag);
    request.method = net::Method::head;
    try {
        const net::Response response = ask(request, path, context).first;
        const std::optional<crypto::Digest> digest = stated_digest(response);
        return digest ? std::optional(ManifestHead{*digest, content_type(response)}) : std::nullopt;
    } catch (const net::TransferError& fault) {
        // Some registries know no HEAD; whether the image is there, GET tells with a reason.
        const bool has_answered = fault.status() >= 400 && fault.status() < 500;
        if (has_answered && fault.status() != 429) {
            return std::nullopt;
        }
        throw;
    }
}

Document RegistryClient::manifest(
    const std::string& path, const std::string& reference, const base::Context& context) {
    const net::Request request = manifest_request(path, reference);
    auto [response, text] = ask(request, path, context);
    const crypto::Digest found = crypto::sha256(text);
    const std::optional<crypto::Digest> asked = parse_digest(reference);
    const crypto::Digest wanted = asked ? *asked : stated_digest(response).value_or(found);
    if (found != wanted) {
        throw base::IntegrityError(
            net::without_secrets(response.final_url), to_string(wanted), to_string(found));
    }
    return {content_type(response), found, std::move(text)};
}

std::string RegistryClient::blob(
    const std::string& path, const Descriptor& blob, const base::Context& context) {
    net::Request request = blob_request(path, blob);
    request.time_limit = document_time;
    return ask(request, path, context).second;
}

std::vector<SigstoreSignature> RegistryClient::sigstore_signatures(
    const std::string& path, const crypto::Digest& image, const base::Context& context) {
    Document found;
    try {
        found = manifest(path, "sha256-" + image.hex() + ".sig", context);
    } catch (const net::TransferError& fault) {
        if (fault.failure() == net::TransferFailure::not_found) {
            return {};
        }
        throw;
    }
    std::vector<SigstoreSignature> signatures;
    const std::string name = "the signatures of " + to_string(image);
    for (const SignatureLayer& layer : parse_signature_manifest(found.bytes, name)) {
        if (layer.payload.size > signature_size_limit || signatures.size() == signature_limit) {
            continue;
        }
        const std::string payload = blob(path, layer.payload, context);
        if (crypto::sha256(payload) == layer.payload.digest) {
            signatures.push_back({payload, layer.signature});
        }
    }
    return signatures;
}

void RegistryClient::bring(
    const std::string& path,
    const std::vector<BlobOrder>& orders,
    const std::string& title,
    const base::Context& context) {
    const std::lock_guard lock(mutex_);
    std::vector<char> is_done(orders.size(), 0);
    // One login for all of them; each try leaves out what an earlier one completed.
    (void)send({}, path, context, [&](const net::Request& login) {
        std::vector<net::Client::Job> jobs;
        for (std::size_t i = 0; i < orders.size(); ++i) {
            const BlobOrder& order = orders[i];
            if (is_done[i] != 0) {
                continue;
            }
            net::Request request = blob_request(path, order.blob);
            const bool is_foreign = !order.blob.urls.empty();
            if (is_foreign) {
                // Whoever wrote the manifest chose that server: it gets no login.
                request.url = foreign_url(order.blob);
            } else {
                request.url = base_url_ + request.url;
                request.headers = login.headers;
                request.credentials = login.credentials;
            }
            request.offset = order.receiver->received();
            jobs.push_back(
                {std::move(request),
                 std::make_unique<ReceiverSink>(*order.receiver),
                 [&order, &is_done, i](const net::Response&) {
                     order.receiver->complete();
                     is_done[i] = 1;
                 }});
        }
        client_.fetch_all(std::move(jobs), title, context);
        return true;
    });
}

RegistryClient& RegistryPool::client(const RegistryAccess& access, const store::Store& store) {
    std::string key = fmt::format("{}\n{}\n", access.registry, access.is_insecure);
    if (access.login) {
        const config::RegistryLogin& login = *access.login;
        key += fmt::format("{}\n{}\n{}\n", login.user, login.password, login.identity_token);
    }
    const std::lock_guard lock(mutex_);
    std::unique_ptr<RegistryClient>& client = clients_[key];
    if (!client) {
        client = std::make_unique<RegistryClient>(access, store);
    }
    return *client;
}

} // namespace imgbuild::oci
