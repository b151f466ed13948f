// What a side of TLS brings along: certificate and key, whom it trusts, which versions it speaks.
// Files are read when a context is made and not again.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "agent/core/status.h"

namespace twinwatch::tls {

using Context = boost::asio::ssl::context;

// What a server wants of its clients. Names and meaning are those of Go's crypto/tls, which files
// of Prometheus' exporter-toolkit use.
enum class ClientCertificates {
  kNone,
  kRequest,           // asked for, none needed, not verified
  kRequireAny,        // needed, not verified
  kVerifyIfGiven,     // none needed, verified
  kRequireAndVerify,  // needed, verified
};

struct ServerOptions {
  std::string cert_file;  // PEM: the certificate, then those up to its CA
  std::string key_file;
  ClientCertificates clients = ClientCertificates::kNone;
  std::string client_ca_file;  // PEM; needed where clients are verified
  bool only_tls13 = false;     // else TLS 1.2 too
};

struct ClientOptions {
  std::string ca_file;    // PEM; empty: those that the system trusts
  std::string cert_file;  // empty: none is shown
  std::string key_file;
};

// kInvalidArgument names the file and what OpenSSL holds against it. Keys under a passphrase are
// refused: there is nobody to type it.
StatusOr<std::shared_ptr<Context>> MakeServerContext(const ServerOptions& options);
StatusOr<std::shared_ptr<Context>> MakeClientContext(const ClientOptions& options);

}  // namespace twinwatch::tls
