#include "probes/copytable/copy_arguments.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <cstdint>

#include "agent/core/cluster_key.h"

namespace twinwatch::copytable {
namespace {

constexpr uint64_t kLatest = INT64_MAX;      // the end of all time, to HBase
constexpr size_t kMaxArgument = 128 * 1024;  // Linux's MAX_ARG_STRLEN, with the final 0
constexpr std::string_view kOfTarget = "hbase.mapred.output.";

template <typename... Args>
Status Refuse(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kInvalidArgument, "CopyTable cannot copy this: {}",
               fmt::format(format, std::forward<Args>(args)...));
}

bool IsPlain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isprint(static_cast<unsigned char>(c)) && c != ' ';
  });
}

Status CheckKey(std::string_view side, std::string_view key) {
  if (!IsPlain(key)) return Refuse("the {}'s cluster key \"{}\" is not plain ASCII", side, key);
  return absl::OkStatus();
}

Status CheckTable(const TableName& table) {
  // The JVM reads its arguments in the encoding of a locale that is not ours to know.
  if (!IsPlain(table.ToString())) {
    return Refuse("the name of table \"{}\" is not plain ASCII", table.ToString());
  }
  return absl::OkStatus();
}

Status CheckFamily(std::string_view family) {
  if (!IsPlain(family) || family.find_first_of(",:") != std::string_view::npos) {
    return Refuse("--families has no way to write \"{}\"; take the direct engine for it", family);
  }
  return absl::OkStatus();
}

// `prefix` is that of settings which count for one side only.
void AddCluster(const ClusterKey& key, std::string_view prefix, std::vector<std::string>* words) {
  const std::string& first = key.quorum.front();
  const auto define = [&](std::string_view name, std::string_view value) {
    words->push_back("-D");
    words->push_back(fmt::format("{}{}={}", prefix, name, value));
  };
  define("hbase.zookeeper.quorum", key.ConnectString());
  define("hbase.zookeeper.property.clientPort", first.substr(first.rfind(':') + 1));
  define("zookeeper.znode.parent", key.base_znode);
}

Status AddRange(const KeyRange& range, std::vector<std::string>* words) {
  // Two borders that are the same would be one row to HBase, not none.
  if (IsEmpty(range)) return Refuse("no row can lie in its range");
  if (!range.start.empty()) words->push_back("--startrow=" + EscapeKey(range.start));
  if (!range.stop.empty()) words->push_back("--stoprow=" + EscapeKey(range.stop));
  for (const std::string& word : *words) {
    if (word.size() >= kMaxArgument) {
      return Refuse("a row key at its border is too long for a command line");
    }
  }
  return absl::OkStatus();
}

Status AddTime(const CopyRequest& request, std::vector<std::string>* words) {
  const uint64_t since = request.since_ms.value_or(0);
  const uint64_t until = request.until_ms.value_or(kLatest);
  if (since > kLatest || until > kLatest) return Refuse("its time span is out of range");
  // An end of 0 is none to CopyTable's own check.
  if (since >= until) return Refuse("no cell can lie in its time span");
  // Each counts without the other, whatever the usage says of --endtime.
  if (request.since_ms) words->push_back(fmt::format("--starttime={}", since));
  if (request.until_ms) words->push_back(fmt::format("--endtime={}", until));
  return absl::OkStatus();
}

}  // namespace

std::string EscapeKey(std::string_view key) {
  std::string text;
  for (const char c : key) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-') {
      text += c;
    } else {
      text += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

std::string TagArgument(std::string_view tag) { return fmt::format("mapreduce.job.tags={}", tag); }

Status CheckTag(std::string_view tag) {
  const bool good =
      !tag.empty() && tag.size() <= 80 && std::all_of(tag.begin(), tag.end(), [](char c) {
        return absl::ascii_islower(static_cast<unsigned char>(c)) ||
               absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
      });
  if (good) return absl::OkStatus();
  return Refuse("\"{}\" is no tag of 1 to 80 characters a-z, 0-9 and '-'", tag);
}

StatusOr<std::vector<std::string>> CopyArguments(const CopyRequest& request) {
  RETURN_IF_ERROR(CheckTag(request.tag));
  RETURN_IF_ERROR(CheckTable(request.table));
  RETURN_IF_ERROR(CheckTable(request.target_table));
  RETURN_IF_ERROR(CheckKey("source", request.source_key));
  RETURN_IF_ERROR(CheckKey("target", request.target_key));
  ASSIGN_OR_RETURN(const ClusterKey source, ClusterKey::Parse(request.source_key));
  ASSIGN_OR_RETURN(const ClusterKey target, ClusterKey::Parse(request.target_key));
  if (source == target && request.table == request.target_table) {
    return Refuse("source and target are the same table {}", request.table.ToString());
  }
  if (request.versions == 0 || request.versions > INT32_MAX) {
    return Refuse("{} versions", request.versions);
  }

  std::vector<std::string> words = {std::string(kCopyTableClass)};
  AddCluster(source, "", &words);
  // --peer.adr alone can be overruled by a site's own settings for outputs.
  AddCluster(target, kOfTarget, &words);
  for (const std::string& setting : {
           fmt::format("{}quorum.port=0", kOfTarget),
           // With another registry ZooKeeper is not asked, and the quorums above say nothing.
           std::string("hbase.client.registry.impl="
                       "org.apache.hadoop.hbase.client.ZKConnectionRegistry"),
           std::string("mapreduce.map.speculative=false"),
           fmt::format("mapreduce.job.name={}", request.tag),
           TagArgument(request.tag),
       }) {
    words.push_back("-D");
    words.push_back(setting);
  }
  RETURN_IF_ERROR(AddRange(request.range, &words));
  RETURN_IF_ERROR(AddTime(request, &words));
  if (!request.families.empty()) {
    for (const std::string& family : request.families) RETURN_IF_ERROR(CheckFamily(family));
    words.push_back(fmt::format("--families={}", fmt::join(request.families, ",")));
  }
  words.push_back(fmt::format("--versions={}", request.versions));
  words.push_back(fmt::format("--peer.adr={}", target.ToString()));
  if (request.target_table != request.table) {
    words.push_back(fmt::format("--new.name={}", request.target_table.ToString()));
  }
  words.push_back(request.table.ToString());
  return words;
}

}  // namespace twinwatch::copytable
