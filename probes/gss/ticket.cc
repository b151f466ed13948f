#include "probes/gss/ticket.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "probes/gss/gss_error.h"
#include "probes/gss/handles.h"

namespace twinwatch::gss {
namespace {

constexpr int64_t kSecondsBetweenRenewals = 30;
constexpr absl::Duration kPatienceOfTheKdc = absl::Minutes(1);

// What the library says when it looked into the keytab and found nothing there either.
bool IsNoCache(OM_uint32 minor) {
  return minor == static_cast<OM_uint32>(KRB5_CC_NOTFOUND) ||
         minor == static_cast<OM_uint32>(KRB5_FCC_NOFILE);
}

}  // namespace

Credential::Credential(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Credential::Credential(Credential&&) noexcept = default;
Credential& Credential::operator=(Credential&&) noexcept = default;
Credential::~Credential() = default;

Status ImportPrincipal(const std::string& principal, Name* into) {
  OM_uint32 minor = 0;
  gss_buffer_desc text = Borrow(principal);
  const OM_uint32 major =
      gss_import_name(&minor, &text, const_cast<gss_OID>(GSS_KRB5_NT_PRINCIPAL_NAME), &into->name);
  if (!GSS_ERROR(major)) return absl::OkStatus();
  return ToStatus(major, minor, principal + " is no principal");
}

// The tickets of one keytab, in memory, under a name that nobody else has.
struct Ticket::Cache {
  Cache() {
    if (krb5_init_context(&context) != 0) return;
    if (krb5_cc_new_unique(context, "MEMORY", nullptr, &cache) != 0) return;
    char* full = nullptr;
    if (krb5_cc_get_full_name(context, cache, &full) != 0) return;
    name = full;
    krb5_free_string(context, full);
  }
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  ~Cache() {
    if (cache != nullptr) krb5_cc_destroy(context, cache);
    if (context != nullptr) krb5_free_context(context);
  }

  krb5_context context = nullptr;
  krb5_ccache cache = nullptr;
  std::string name;  // empty: krb5.conf cannot be read
};

Ticket::Ticket(Identity identity)
    : identity_(std::move(identity)),
      cache_(identity_.keytab_file.empty() ? nullptr : std::make_unique<Cache>()) {}
Ticket::~Ticket() = default;

std::string Ticket::Name() const {
  if (identity_.keytab_file.empty()) return "the ticket of `kinit`";
  return fmt::format("{} (keytab {})", identity_.principal, identity_.keytab_file);
}

std::optional<absl::Time> Ticket::expires() const {
  const int64_t seconds = expires_s_;
  if (seconds == 0) return std::nullopt;
  return absl::FromUnixSeconds(seconds);
}

bool Ticket::ShouldRenew(absl::Time now) {
  int64_t at = renew_at_s_;
  const int64_t now_s = absl::ToUnixSeconds(now);
  if (at == 0 || now_s < at) return false;
  return renew_at_s_.compare_exchange_strong(at, now_s + kSecondsBetweenRenewals);
}

std::filesystem::file_time_type Ticket::KeytabChanged() const {
  std::error_code none;
  return std::filesystem::last_write_time(identity_.keytab_file, none);
}

Status Ticket::CheckKeytab() {
  // GSSAPI would only say that it found no credentials.
  if (access(identity_.keytab_file.c_str(), R_OK) != 0) {
    return Error(absl::StatusCode::kUnauthenticated,
                 "Kerberos: the keytab {} of {} cannot be read: {}", identity_.keytab_file,
                 identity_.principal, std::string(std::strerror(errno)));
  }
  if (cache_->name.empty()) {
    return Error(absl::StatusCode::kUnauthenticated,
                 "Kerberos: its library cannot begin; is /etc/krb5.conf right?");
  }
  if (!refusal_ || absl::Now() > refusal_->until || KeytabChanged() != refusal_->of)
    return absl::OkStatus();
  return refusal_->why;
}

StatusOr<Credential> Ticket::Acquire() {
  const std::unique_lock turn = Turn();
  if (!cache_) return AcquireFrom(nullptr);
  RETURN_IF_ERROR(CheckKeytab());
  refusal_.reset();
  StatusOr<Credential> credential = AcquireFrom(cache_.get());
  if (absl::IsUnauthenticated(credential.status()))
    refusal_ = {credential.status(), absl::Now() + kPatienceOfTheKdc, KeytabChanged()};
  return credential;
}

StatusOr<Credential> Ticket::AcquireFrom(Cache* cache) {
  auto handle = std::make_unique<Credential::Handle>();
  gss_OID_set_desc mechanisms = {1, const_cast<gss_OID>(gss_mech_krb5)};
  gss_key_value_element_desc places[] = {{"client_keytab", nullptr}, {"ccache", nullptr}};
  gss_key_value_set_desc store = {2, places};
  gss::Name who;
  const std::string keytab = "FILE:" + identity_.keytab_file;
  if (cache != nullptr) {
    places[0].value = keytab.c_str();
    places[1].value = cache->name.c_str();
    RETURN_IF_ERROR(ImportPrincipal(identity_.principal, &who));
  }
  const std::string what = "Kerberos: no ticket for " + Name();
  OM_uint32 minor = 0;
  OM_uint32 major =
      gss_acquire_cred_from(&minor, who.name, GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE,
                            cache == nullptr ? nullptr : &store, &handle->cred, nullptr, nullptr);
  if (GSS_ERROR(major) && cache != nullptr && IsNoCache(minor)) {
    return Error(absl::StatusCode::kUnauthenticated,
                 "{}: the keytab has no key of this principal; `klist -k {}` shows whose it has",
                 what, identity_.keytab_file);
  }
  if (GSS_ERROR(major)) return ToStatus(major, minor, what);
  // It is this call that asks the KDC, where one must be asked.
  OM_uint32 seconds = 0;
  major = gss_inquire_cred(&minor, handle->cred, nullptr, &seconds, nullptr, nullptr);
  if (GSS_ERROR(major)) return ToStatus(major, minor, what);
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  expires_s_ = now + seconds;
  renew_at_s_ = std::max(now + seconds / 2, now + kSecondsBetweenRenewals);
  return Credential(std::move(handle));
}

}  // namespace twinwatch::gss
