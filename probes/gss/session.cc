#include "probes/gss/session.h"

#include <gssapi/gssapi_krb5.h>

#include <utility>

#include "probes/gss/gss_error.h"
#include "probes/gss/handles.h"

namespace twinwatch::gss {
namespace {

constexpr OM_uint32 kWanted = GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG |
                              GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG;
// Without these it is no session; each mechanism of today has confidentiality too.
constexpr OM_uint32 kNeeded = GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG;

// Not errors to GSS_ERROR, and to us they are: a unit came twice, late, or one is missing.
constexpr OM_uint32 kOutOfOrder =
    GSS_S_DUPLICATE_TOKEN | GSS_S_OLD_TOKEN | GSS_S_UNSEQ_TOKEN | GSS_S_GAP_TOKEN;

Status Broken(OM_uint32 major, OM_uint32 minor, std::string_view what) {
  const bool over = GSS_ROUTINE_ERROR(major) == GSS_S_CONTEXT_EXPIRED;
  return Error(over ? absl::StatusCode::kAborted : absl::StatusCode::kDataLoss, "{}",
               Text(ToStatus(major, minor, what)));
}

}  // namespace

struct Session::Context {
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    OM_uint32 minor = 0;
    gss_delete_sec_context(&minor, &id, GSS_C_NO_BUFFER);
  }

  gss_ctx_id_t id = GSS_C_NO_CONTEXT;
};

Session::Session(Credential credential, std::string server)
    : credential_(std::move(credential)),
      server_(std::move(server)),
      context_(std::make_unique<Context>()) {}
Session::~Session() = default;

StatusOr<std::string> Session::Step(std::string_view token) {
  Name server;
  RETURN_IF_ERROR(ImportPrincipal(server_, &server));
  gss_buffer_desc in = Borrow(token);
  Buffer out;
  OM_uint32 minor = 0, flags = 0;
  const OM_uint32 major = gss_init_sec_context(
      &minor, credential_.handle().cred, &context_->id, server.name,
      const_cast<gss_OID>(gss_mech_krb5), kWanted, GSS_C_INDEFINITE, GSS_C_NO_CHANNEL_BINDINGS,
      token.empty() ? GSS_C_NO_BUFFER : &in, nullptr, &out.buffer, &flags, nullptr);
  if (GSS_ERROR(major)) return ToStatus(major, minor, "Kerberos: no log-in at " + server_);
  complete_ = major == GSS_S_COMPLETE;
  if (complete_ && (flags & kNeeded) != kNeeded) {
    return Error(absl::StatusCode::kUnauthenticated,
                 "Kerberos: {} has not proved who it is, or nothing can be encrypted for it",
                 server_);
  }
  return std::string(out.View());
}

StatusOr<std::string> Session::Wrap(std::string_view bytes, bool privacy) {
  gss_buffer_desc in = Borrow(bytes);
  Buffer out;
  OM_uint32 minor = 0;
  int encrypted = 0;
  const OM_uint32 major = gss_wrap(&minor, context_->id, privacy ? 1 : 0, GSS_C_QOP_DEFAULT, &in,
                                   &encrypted, &out.buffer);
  if (GSS_ERROR(major)) return Broken(major, minor, "what is to be sent cannot be protected");
  if (privacy && encrypted == 0) {
    return Error(absl::StatusCode::kUnauthenticated, "what is to be sent to {} cannot be encrypted",
                 server_);
  }
  return std::string(out.View());
}

StatusOr<std::string> Session::Unwrap(std::string_view unit, bool privacy) {
  gss_buffer_desc in = Borrow(unit);
  Buffer out;
  OM_uint32 minor = 0;
  int encrypted = 0;
  const OM_uint32 major = gss_unwrap(&minor, context_->id, &in, &out.buffer, &encrypted, nullptr);
  if (GSS_ERROR(major) || (major & kOutOfOrder) != 0) {
    return Broken(major, minor, "what came is not what the server has sent");
  }
  if (privacy && encrypted == 0) {
    return Error(absl::StatusCode::kDataLoss, "what came from {} is not encrypted", server_);
  }
  return std::string(out.View());
}

StatusOr<size_t> Session::MaxPlain(size_t max_unit, bool privacy) const {
  OM_uint32 minor = 0, size = 0;
  const OM_uint32 major =
      gss_wrap_size_limit(&minor, context_->id, privacy ? 1 : 0, GSS_C_QOP_DEFAULT,
                          static_cast<OM_uint32>(max_unit), &size);
  if (GSS_ERROR(major)) return Broken(major, minor, "the server's limit cannot be kept");
  if (size == 0) {
    return Error(absl::StatusCode::kDataLoss, "the server takes units of {} bytes only", max_unit);
  }
  return size;
}

}  // namespace twinwatch::gss
