// What a connection says after a log-in, wrapped: units of a length and protected bytes, which need
// not begin and end where requests and responses do.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "agent/core/status.h"
#include "probes/gss/session.h"
#include "probes/wire/frame.h"

namespace twinwatch::rpc {

class SecurityLayer {
 public:
  // `max_plain`: how many bytes the server takes in one unit.
  SecurityLayer(std::shared_ptr<gss::Session> session, bool privacy, size_t max_plain);

  // As units, in the order in which this is called.
  StatusOr<std::string> Wrap(std::string_view bytes);

  // Where the next bytes of the stream go, and how many came: as wire::FrameReader. What was in
  // the units that are whole is then appended to `plain`.
  wire::FrameReader::Space Prepare() { return units_.Prepare(); }
  Status Commit(size_t n, std::string* plain);

 private:
  std::shared_ptr<gss::Session> session_;
  bool privacy_;
  size_t max_plain_;
  wire::FrameReader units_;
};

}  // namespace twinwatch::rpc
