// What users and znodes spell: row keys, cluster keys, servers, tables, durations, rates. What was
// parsed prints as something that parses to the same.
#include "agent/core/bytes.h"
#include "agent/core/cluster_key.h"
#include "agent/core/duration.h"
#include "agent/core/server_name.h"
#include "agent/core/table_name.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

namespace {

template <typename T>
void RoundTrip(std::string_view text, const char* what) {
  const StatusOr<T> parsed = T::Parse(text);
  if (!parsed.ok()) return;
  const StatusOr<T> again = T::Parse(parsed->ToString());
  fuzz::Require(again.ok() && *again == *parsed, what);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::View(data, size);
  const StatusOr<std::string> bytes = FromStringBinary(ToStringBinary(text));
  fuzz::Require(bytes.ok() && *bytes == text, "row keys go there and back");
  if (const StatusOr<std::string> typed = FromStringBinary(text); typed.ok()) {
    const StatusOr<std::string> again = FromStringBinary(ToStringBinary(*typed));
    fuzz::Require(again.ok() && *again == *typed, "typed row keys go there and back");
  }
  RoundTrip<ClusterKey>(text, "cluster keys go there and back");
  RoundTrip<ServerName>(text, "server names go there and back");
  RoundTrip<TableName>(text, "table names go there and back");
  if (const StatusOr<absl::Duration> d = ParseDuration(text); d.ok()) {
    fuzz::Require(*d >= absl::ZeroDuration(), "no negative durations");
  }
  if (const StatusOr<uint64_t> rate = ParseRate(text); rate.ok())
    fuzz::Require(*rate > 0, "no rate of 0");
  (void)ToBase64(text);
  return 0;
}
