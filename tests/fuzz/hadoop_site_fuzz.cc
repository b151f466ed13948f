// A folder of Hadoop's configuration: the input is its files, with a zero byte between them.
#include <map>
#include <string>

#include "agent/app/hadoop_site.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest = fuzz::View(data, size);
  std::map<std::string, std::string> folder;
  for (const char* name : {"hbase-site.xml", "more.xml", "core-site.xml"}) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    folder[name] = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (rest.empty()) break;
  }
  const app::ReadHadoopFile read = [&folder](const std::string& name) -> StatusOr<std::string> {
    const auto it = folder.find(name);
    if (it == folder.end()) return absl::NotFoundError("");
    return it->second;
  };
  const StatusOr<app::HadoopProperties> site =
      app::ParseHadoopConf(read, "/conf", {"core-site.xml", "hbase-site.xml"});
  if (site.ok()) (void)app::ClusterKeyFromSite(*site);
  return 0;
}
