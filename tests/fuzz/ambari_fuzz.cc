// What Ambari answers, as each of the answers that it may be.
#include <string>

#include "agent/app/ambari_answers.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view json = fuzz::View(data, size);
  (void)app::ParseAmbariTags(json);
  (void)app::ParseAmbariClusters(json);
  const StatusOr<app::AmbariFile> file = app::ParseAmbariFile(json, "hbase-site", "v1");
  if (!file.ok()) return 0;
  const StatusOr<app::HadoopProperties> site = app::SiteOfAmbariFiles({*file, *file});
  if (site.ok()) (void)app::ClusterKeyFromSite(*site);
  return 0;
}
