// Contents of HBase's znodes, whichever it may be.
#include "probes/hbase/znode_layout.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = fuzz::View(data, size);
  (void)hbase::StripWriterId(bytes);
  (void)hbase::ParseMasterZnode(bytes);
  (void)hbase::ParseMetaZnode(bytes);
  (void)hbase::ParseClusterIdZnode(bytes);
  (void)hbase::ParseRegionServerZnode(bytes);
  (void)hbase::ParsePositionZnode(bytes);
  (void)hbase::ParsePeerZnodes("1", bytes, "");
  (void)hbase::ParsePeerZnodes("1", "", bytes);
  (void)hbase::ParsePeerZnodes("1", bytes, bytes);
  return 0;
}
