// The YAML configurations: every error says where.
#include <string>

#include "agent/app/config.h"
#include "agent/app/web_config.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::View(data, size);
  for (const Status& status :
       {app::ParseConfig(text, "tw.yml").status(), app::ParseWebConfig(text, "tw.yml").status()}) {
    fuzz::Require(status.ok() || Text(status).starts_with("tw.yml:"),
                  "errors name the file and the line");
  }
  return 0;
}
