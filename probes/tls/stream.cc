#include "probes/tls/stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace twinwatch::tls {
namespace {

namespace asio = boost::asio;

// Whom the certificate must name, and whom the server is asked for.
bool ExpectHost(SSL* ssl, const std::string& host) {
  ErrorCode not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (!not_an_address) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

bool IsOfTls(const ErrorCode& error) { return error.category() == asio::error::get_ssl_category(); }

std::string TextOf(const ASN1_STRING* string) {
  unsigned char* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, string);
  if (size < 0) return "";
  std::string text(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  // It goes into logs and answers; an embedded zero has been used to be taken for somebody else.
  const bool unfit = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  return unfit ? "" : text;
}

}  // namespace

void Stream::Begin(std::shared_ptr<Context> context) {
  context_ = std::move(context);
  ssl_.emplace(socket_, *context_);
  // The last flight of a handshake and the request behind it are two writes: the second would wait
  // 40 ms for the first to be acknowledged.
  ErrorCode ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

Task<ErrorCode> Stream::Accept(std::shared_ptr<Context> context) {
  Begin(std::move(context));
  ErrorCode error;
  co_await ssl_->async_handshake(asio::ssl::stream_base::server,
                                 asio::redirect_error(asio::use_awaitable, error));
  co_return error;
}

Task<Status> Stream::Connect(std::shared_ptr<Context> context, std::string host) {
  Begin(std::move(context));
  SSL* const ssl = ssl_->native_handle();
  if (!ExpectHost(ssl, host))
    co_return Error(absl::StatusCode::kInvalidArgument, "{} is no name of a host", host);
  ErrorCode error;
  co_await ssl_->async_handshake(asio::ssl::stream_base::client,
                                 asio::redirect_error(asio::use_awaitable, error));
  if (!error) co_return absl::OkStatus();
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict != X509_V_OK) {
    co_return Error(absl::StatusCode::kFailedPrecondition, "its certificate is not accepted: {}",
                    X509_verify_cert_error_string(verdict));
  }
  co_return Error(
      IsOfTls(error) ? absl::StatusCode::kFailedPrecondition : absl::StatusCode::kUnavailable,
      "no TLS: {}", error.message());
}

bool Stream::IsPlainHttp(const ErrorCode& error) {
  return IsOfTls(error) &&
         ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST;
}

std::string Stream::VerifiedName() {
  if (!ssl_) return "";
  SSL* const ssl = ssl_->native_handle();
  const X509* const certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) return "";
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return "";
  return TextOf(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

Task<size_t> Stream::Read(asio::mutable_buffer into, ErrorCode* error) {
  if (ssl_)
    co_return co_await ssl_->async_read_some(into,
                                             asio::redirect_error(asio::use_awaitable, *error));
  co_return co_await socket_.async_read_some(into,
                                             asio::redirect_error(asio::use_awaitable, *error));
}

Task<void> Stream::Write(asio::const_buffer first, asio::const_buffer second, ErrorCode* error) {
  const std::array<asio::const_buffer, 2> bytes = {first, second};
  if (ssl_) {
    co_await asio::async_write(*ssl_, bytes, asio::redirect_error(asio::use_awaitable, *error));
  } else {
    co_await asio::async_write(socket_, bytes, asio::redirect_error(asio::use_awaitable, *error));
  }
}

Task<void> Stream::Finish() {
  ErrorCode error;
  // Says goodbye and hears it, or what else the other side sends; either will do.
  if (ssl_) co_await ssl_->async_shutdown(asio::redirect_error(asio::use_awaitable, error));
  error.clear();
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  std::array<char, 4096> ignored;
  while (!error) {
    co_await socket_.async_read_some(asio::buffer(ignored),
                                     asio::redirect_error(asio::use_awaitable, error));
  }
}

void Stream::Close() {
  ErrorCode ignored;
  socket_.close(ignored);
}

}  // namespace twinwatch::tls
