// SPDX-License-Identifier: Apache-2.0
#include "support/stream.hpp"

#include "base/deleter.hpp"
#include "base/error.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace imgbuild::test {

namespace {

class PlainStream final : public Stream {
public:
    explicit PlainStream(int fd)
        : fd_(fd) {}

    std::size_t read(char* buffer, std::size_t size) override {
        const ssize_t got = ::recv(fd_, buffer, size, 0);
        return got > 0 ? static_cast<std::size_t>(got) : 0;
    }

    bool write(std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

private:
    int fd_;
};

class PlainMaker final : public StreamMaker {
public:
    std::unique_ptr<Stream> make(int fd) override { return std::make_unique<PlainStream>(fd); }
};

using SslHandle = std::unique_ptr<SSL, base::Deleter<SSL_free>>;
using SslContext = std::unique_ptr<SSL_CTX, base::Deleter<SSL_CTX_free>>;

class TlsStream final : public Stream {
public:
    explicit TlsStream(SslHandle ssl)
        : ssl_(std::move(ssl)) {}

    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    ~TlsStream() override { ::SSL_shutdown(ssl_.get()); }

    std::size_t read(char* buffer, std::size_t size) override {
        std::size_t got = 0;
        return ::SSL_read_ex(ssl_.get(), buffer, size, &got) == 1 ? got : 0;
    }

    bool write(std::string_view bytes) override {
        std::size_t sent = 0;
        return bytes.empty() || ::SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent) == 1;
    }

private:
    SslHandle ssl_;
};

class TlsMaker final : public StreamMaker {
public:
    explicit TlsMaker(const HttpServer::Tls& tls)
        : context_(::SSL_CTX_new(::TLS_server_method())) {
        SSL_CTX* const context = context_.get();
        bool good =
            context != nullptr &&
            ::SSL_CTX_use_certificate_chain_file(context, tls.certificate_file.c_str()) == 1 &&
            ::SSL_CTX_use_PrivateKey_file(context, tls.key_file.c_str(), SSL_FILETYPE_PEM) == 1;
        if (good && !tls.client_authority_file.empty()) {
            good = ::SSL_CTX_load_verify_file(context, tls.client_authority_file.c_str()) == 1;
            ::SSL_CTX_set_verify(
                context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
        }
        if (!good) {
            throw base::Error("the test server can't use its certificate " + tls.certificate_file);
        }
    }

    std::unique_ptr<Stream> make(int fd) override {
        SslHandle ssl(::SSL_new(context_.get()));
        if (!ssl || ::SSL_set_fd(ssl.get(), fd) != 1 || ::SSL_accept(ssl.get()) != 1) {
            return nullptr;
        }
        return std::make_unique<TlsStream>(std::move(ssl));
    }

private:
    SslContext context_;
};

} // namespace

std::unique_ptr<StreamMaker> plain_streams() {
    return std::make_unique<PlainMaker>();
}

std::unique_ptr<StreamMaker> tls_streams(const HttpServer::Tls& tls) {
    return std::make_unique<TlsMaker>(tls);
}

} // namespace imgbuild::test
