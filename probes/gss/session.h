// One log-in at one server, and the protection of what is said after it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/core/status.h"
#include "probes/gss/ticket.h"

namespace twinwatch::gss {

class Session {
 public:
  // To the server that the KDC knows as `server`: "hbase/rs1.example.com@EXAMPLE.COM".
  Session(Credential credential, std::string server);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // What the server sent (nothing, at first) to what it is to be sent, which may be empty. Asks a
  // KDC: as Ticket says, not on the program's thread. Both sides have proved who they are when it
  // is `complete`.
  StatusOr<std::string> Step(std::string_view token);
  bool complete() const { return complete_; }

  // After that, on any one thread. `privacy`: encrypted, else only proof against changes. kAborted:
  // the session has run out, another log-in is due.
  StatusOr<std::string> Wrap(std::string_view bytes, bool privacy);
  // kDataLoss: not what the server has said, in the order in which it said it, or not encrypted.
  StatusOr<std::string> Unwrap(std::string_view unit, bool privacy);
  // How many bytes may be wrapped for a unit of no more than `max_unit`.
  StatusOr<size_t> MaxPlain(size_t max_unit, bool privacy) const;

 private:
  struct Context;

  Credential credential_;
  std::string server_;
  std::unique_ptr<Context> context_;
  bool complete_ = false;
};

}  // namespace twinwatch::gss
