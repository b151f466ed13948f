// Names of replication queues.
#include "probes/hbase/queue_id.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const StatusOr<hbase::QueueId> id = hbase::ParseQueueId(fuzz::View(data, size));
  if (!id.ok()) return 0;
  std::string text = id->peer_id;
  for (const ServerName& server : id->dead_servers) text += "-" + server.ToString();
  const StatusOr<hbase::QueueId> again = hbase::ParseQueueId(text);
  fuzz::Require(
      again.ok() && again->peer_id == id->peer_id && again->dead_servers == id->dead_servers,
      "queue ids go there and back");
  return 0;
}
