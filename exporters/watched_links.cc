#include "exporters/watched_links.h"

#include <nlohmann/json.hpp>

#include "exporters/json_fields.h"

namespace twinwatch {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kVerifier = "verify:";
constexpr size_t kMostLinks = 1000;

}  // namespace

StatusOr<std::vector<WatchedLink>> ParseWatchedLinks(std::string_view text) {
  try {
    std::vector<WatchedLink> links;
    const Json document = Json::parse(text);
    for (const Json& collector : document.at("collectors")) {
      const std::string name = collector.at("collector").get<std::string>();
      if (!name.starts_with(kVerifier)) continue;
      links.push_back({name.substr(kVerifier.size()),
                       json_fields::Optional<std::string>(collector, "error").value_or("")});
    }
    if (links.empty() || links.size() > kMostLinks)
      json_fields::Refuse("it names " + std::to_string(links.size()) + " links");
    return links;
  } catch (const Json::exception& error) {
    return Error(absl::StatusCode::kDataLoss, "the answer is no list of collectors: {}",
                 error.what());
  }
}

}  // namespace twinwatch
