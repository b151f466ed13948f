// The YAML configuration: every error says where.
#include <string>

#include "agent/app/config.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const StatusOr<app::Config> config = app::ParseConfig(fuzz::View(data, size), "tw.yml");
  if (config.ok()) return 0;
  fuzz::Require(Text(config.status()).starts_with("tw.yml:"), "errors name the file and the line");
  return 0;
}
