// Who we are to Kerberos: a principal with its keytab, whose tickets nobody else sees (so that each
// cluster has its own, of any realm), or whoever has said `kinit`.
//
// Everything here may wait for a KDC, for as long as krb5.conf lets it: to be called on a helper
// thread (probes/api/helper_thread.h), from any of them.
#pragma once

#include <absl/time/time.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "agent/core/status.h"

namespace twinwatch::gss {

// Both empty: the default credential cache.
struct Identity {
  std::string principal;
  std::string keytab_file;
};

// What log-ins are made with, as of now.
class Credential {
 public:
  struct Handle;

  explicit Credential(std::unique_ptr<Handle> handle);
  Credential(Credential&&) noexcept;
  Credential& operator=(Credential&&) noexcept;
  ~Credential();

  const Handle& handle() const { return *handle_; }

 private:
  std::unique_ptr<Handle> handle_;
};

class Ticket {
 public:
  explicit Ticket(Identity identity);
  ~Ticket();
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

  // The ticket that there is; with a keytab a new one from the KDC when there is none, or half of
  // its life is over. A KDC that cannot be reached then is no error as long as the old one is good.
  // kUnauthenticated names principal and keytab and says what to do; kUnavailable: no KDC answers.
  // A KDC that has refused a keytab is not asked again within a minute, unless the file was
  // changed: accounts are locked after some wrong keys.
  StatusOr<Credential> Acquire();

  // To be held from Acquire to the log-in's first step: who renews the ticket empties its cache
  // for a moment.
  std::unique_lock<std::recursive_mutex> Turn() { return std::unique_lock(one_at_a_time_); }

  // As the last Acquire had it; none before.
  std::optional<absl::Time> expires() const;

  // It is time for the next Acquire, though nobody logs in. Once in half a minute at the most.
  bool ShouldRenew(absl::Time now);

  // "twinwatch@EXAMPLE.COM (keytab /etc/twinwatch.keytab)", for messages.
  std::string Name() const;

 private:
  struct Cache;

  struct Refusal {
    Status why;
    absl::Time until;
    std::filesystem::file_time_type of;  // of the keytab
  };

  StatusOr<Credential> AcquireFrom(Cache* cache);
  Status CheckKeytab();
  std::filesystem::file_time_type KeytabChanged() const;

  const Identity identity_;
  std::recursive_mutex one_at_a_time_;
  std::optional<Refusal> refusal_;      // of the KDC, the last time
  const std::unique_ptr<Cache> cache_;  // null without a keytab
  // In seconds since the epoch; 0: never acquired.
  std::atomic<int64_t> expires_s_{0};
  std::atomic<int64_t> renew_at_s_{0};
};

}  // namespace twinwatch::gss
