#include "probes/tls/context.h"

#include <openssl/ssl.h>

#include <boost/system/error_code.hpp>

namespace twinwatch::tls {
namespace {

using boost::system::error_code;

Status Unfit(std::string_view what, const std::string& file, const error_code& error) {
  return Error(absl::StatusCode::kInvalidArgument, "{} {} cannot be used: {}", what, file,
               error.message());
}

Status UseCertificate(const std::string& cert_file, const std::string& key_file, Context* context) {
  error_code error;
  // OpenSSL would ask for a passphrase on the terminal.
  context->set_password_callback([](size_t, Context::password_purpose) { return std::string(); },
                                 error);
  if (!error) context->use_certificate_chain_file(cert_file, error);
  if (error) return Unfit("the certificate", cert_file, error);
  context->use_private_key_file(key_file, Context::pem, error);
  if (error) return Unfit("the key", key_file, error);
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return Error(absl::StatusCode::kInvalidArgument, "the key {} is not that of {}", key_file,
                 cert_file);
  }
  return absl::OkStatus();
}

// Whatever was shown is let in, and has proven nothing.
bool LetIn(bool /*verified*/, boost::asio::ssl::verify_context& context) {
  X509_STORE_CTX_set_error(context.native_handle(), X509_V_ERR_APPLICATION_VERIFICATION);
  return true;
}

Status AskClients(const ServerOptions& options, Context* context) {
  if (options.clients == ClientCertificates::kNone) return absl::OkStatus();
  namespace ssl = boost::asio::ssl;
  error_code error;
  const bool required = options.clients == ClientCertificates::kRequireAny ||
                        options.clients == ClientCertificates::kRequireAndVerify;
  context->set_verify_mode(
      ssl::verify_peer | (required ? ssl::verify_fail_if_no_peer_cert : ssl::verify_none), error);
  const bool verified = options.clients == ClientCertificates::kVerifyIfGiven ||
                        options.clients == ClientCertificates::kRequireAndVerify;
  if (!verified) {
    context->set_verify_callback(LetIn, error);
    return absl::OkStatus();
  }
  context->load_verify_file(options.client_ca_file, error);
  if (error) return Unfit("the CA file", options.client_ca_file, error);
  // Clients that have several certificates choose by the names of those that are trusted.
  SSL_CTX_set_client_CA_list(context->native_handle(),
                             SSL_load_client_CA_file(options.client_ca_file.c_str()));
  return absl::OkStatus();
}

std::shared_ptr<Context> NewContext(Context::method method, bool only_tls13) {
  auto context = std::make_shared<Context>(method);
  SSL_CTX_set_min_proto_version(context->native_handle(),
                                only_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  return context;
}

}  // namespace

StatusOr<std::shared_ptr<Context>> MakeServerContext(const ServerOptions& options) {
  std::shared_ptr<Context> context = NewContext(Context::tls_server, options.only_tls13);
  // Nothing is taken up again: every connection proves anew who its client is.
  SSL_CTX* const raw = context->native_handle();
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(raw, 0);
  RETURN_IF_ERROR(UseCertificate(options.cert_file, options.key_file, context.get()));
  RETURN_IF_ERROR(AskClients(options, context.get()));
  return context;
}

StatusOr<std::shared_ptr<Context>> MakeClientContext(const ClientOptions& options) {
  std::shared_ptr<Context> context = NewContext(Context::tls_client, false);
  error_code error;
  context->set_verify_mode(boost::asio::ssl::verify_peer, error);
  if (options.ca_file.empty()) {
    context->set_default_verify_paths(error);
    if (error) return Unfit("the system's trust store", "", error);
  } else {
    context->load_verify_file(options.ca_file, error);
    if (error) return Unfit("the CA file", options.ca_file, error);
  }
  if (!options.cert_file.empty())
    RETURN_IF_ERROR(UseCertificate(options.cert_file, options.key_file, context.get()));
  return context;
}

}  // namespace twinwatch::tls
