#include "probes/rpc/security_layer.h"

#include <algorithm>
#include <utility>

#include "probes/wire/sasl.h"

namespace twinwatch::rpc {

SecurityLayer::SecurityLayer(std::shared_ptr<gss::Session> session, bool privacy, size_t max_plain)
    : session_(std::move(session)),
      privacy_(privacy),
      max_plain_(max_plain),
      units_(wire::kMaxUnitBytes) {}

StatusOr<std::string> SecurityLayer::Wrap(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, std::min(bytes.size(), max_plain_));
    bytes.remove_prefix(part.size());
    ASSIGN_OR_RETURN(const std::string unit, session_->Wrap(part, privacy_));
    out += wire::EncodeSaslToken(unit);
  }
  return out;
}

Status SecurityLayer::Commit(size_t n, std::string* plain) {
  RETURN_IF_ERROR(units_.Commit(n));
  while (std::optional<wire::Frame> unit = units_.TakeFrame()) {
    ASSIGN_OR_RETURN(const std::string bytes, session_->Unwrap(unit->View(), privacy_));
    plain->append(bytes);
  }
  return absl::OkStatus();
}

}  // namespace twinwatch::rpc
