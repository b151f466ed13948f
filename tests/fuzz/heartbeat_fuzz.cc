// Heartbeats: values and row keys.
#include "probes/replication/heartbeat.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input = fuzz::View(data, size);
  const StatusOr<Heartbeat> beat = ParseHeartbeat(input);
  if (beat.ok()) {
    const StatusOr<std::string> again = FormatHeartbeat(*beat);
    fuzz::Require(again.ok() && *again == input, "heartbeats go there and back");
  }
  const StatusOr<HeartbeatRow> row = ParseHeartbeatKey(input);
  if (row.ok()) {
    const std::optional<std::string> key = HeartbeatKey({"", ""}, *row);
    fuzz::Require(!key || *ParseHeartbeatKey(*key) == *row, "row keys go there and back");
  }
  return 0;
}
