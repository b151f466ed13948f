#include "agent/core/status.h"

namespace twinwatch {

Status Annotate(const Status& status, std::string_view context) {
  if (status.ok()) return status;
  return Status(status.code(), ToAbsl(fmt::format("{}: {}", context, Text(status))));
}

}  // namespace twinwatch
