#include "agent/app/ambari_answers.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace twinwatch::app {
namespace {

using nlohmann::json;

constexpr size_t kMostNames = 20;
constexpr size_t kLongestName = 100;  // Ambari's own bound

// Those that say where a cluster and its files are.
constexpr const char* kNeeded[] = {"hbase.zookeeper.quorum", "hbase.zookeeper.property.clientPort",
                                   "zookeeper.znode.parent", "hbase.rootdir",
                                   "hbase.wal.dir",          "fs.defaultFS"};

Status NotAmbaris(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "the answer is not Ambari's: {}", what);
}

// Null where there is none of that name, or `value` is no object.
const json* Member(const json& value, const char* name) {
  if (!value.is_object()) return nullptr;
  const auto it = value.find(name);
  return it == value.end() ? nullptr : &*it;
}

std::string TextOf(const json& value, const char* name) {
  const json* const member = Member(value, name);
  return member != nullptr && member->is_string() ? member->get<std::string>() : "";
}

json Parse(std::string_view text) { return json::parse(text, nullptr, false); }

std::string Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

bool IsFitName(const std::string& name) {
  constexpr std::string_view kFit =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  return !name.empty() && name.size() <= kLongestName &&
         name.find_first_not_of(kFit) == std::string::npos;
}

void TakeFinals(const json& item, AmbariFile* file) {
  const json* const attributes = Member(item, "properties_attributes");
  const json* const finals = attributes == nullptr ? nullptr : Member(*attributes, "final");
  if (finals == nullptr || !finals->is_object()) return;
  for (const auto& [name, value] : finals->items())
    if (value == "true" || value == true) file->final_names.insert(Trimmed(name));
}

}  // namespace

StatusOr<std::map<std::string, std::string>> ParseAmbariTags(std::string_view text) {
  const json document = Parse(text);
  const json* const cluster = Member(document, "Clusters");
  const json* const desired = cluster == nullptr ? nullptr : Member(*cluster, "desired_configs");
  if (desired == nullptr || !desired->is_object()) return NotAmbaris("no Clusters/desired_configs");
  std::map<std::string, std::string> tags;
  for (const auto& [type, config] : desired->items()) {
    std::string tag = TextOf(config, "tag");
    if (!tag.empty()) tags[type] = std::move(tag);
  }
  return tags;
}

StatusOr<AmbariFile> ParseAmbariFile(std::string_view text, const std::string& type,
                                     const std::string& tag) {
  const json document = Parse(text);
  const json* const items = Member(document, "items");
  if (items == nullptr || !items->is_array()) return NotAmbaris("no items");
  for (const json& item : *items) {
    if (TextOf(item, "type") != type || TextOf(item, "tag") != tag) continue;
    const json* const properties = Member(item, "properties");
    if (properties == nullptr || !properties->is_object()) break;
    AmbariFile file;
    for (const auto& [name, value] : properties->items()) {
      if (!value.is_string()) return NotAmbaris("a property that is no text");
      file.properties[Trimmed(name)] = Trimmed(value.get_ref<const std::string&>());
    }
    TakeFinals(item, &file);
    return file;
  }
  return NotAmbaris("no properties of that type and tag");
}

StatusOr<std::vector<std::string>> ParseAmbariClusters(std::string_view text) {
  const json document = Parse(text);
  const json* const items = Member(document, "items");
  if (items == nullptr || !items->is_array()) return NotAmbaris("no items");
  std::vector<std::string> names;
  for (const json& item : *items) {
    const json* const cluster = Member(item, "Clusters");
    std::string name = cluster == nullptr ? "" : TextOf(*cluster, "cluster_name");
    if (IsFitName(name) && names.size() < kMostNames) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

StatusOr<HadoopProperties> SiteOfAmbariFiles(const std::vector<AmbariFile>& files) {
  HadoopProperties raw;
  std::set<std::string> final_names;
  for (const AmbariFile& file : files) {
    for (const auto& [name, value] : file.properties)
      if (!final_names.contains(name)) raw[name] = value;
    final_names.insert(file.final_names.begin(), file.final_names.end());
  }
  HadoopProperties site = Substituted(raw);
  for (const char* name : kNeeded) {
    const auto it = site.find(name);
    if (it == site.end() || it->second.find("{{") == std::string::npos) continue;
    return Error(absl::StatusCode::kFailedPrecondition,
                 "{} holds a template, which only Ambari's agents fill in: give conf:DIR or "
                 "`hbase_conf_dir` with the files that they have written",
                 name);
  }
  return site;
}

}  // namespace twinwatch::app
