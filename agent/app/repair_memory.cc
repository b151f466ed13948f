#include "agent/app/repair_memory.h"

#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "agent/app/read_file.h"
#include "agent/app/write_file.h"
#include "exporters/text_format.h"
#include "probes/http/url.h"

namespace twinwatch::app {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr size_t kMostOfAFile = 1u << 20;

Json MillisOrNull(const std::optional<absl::Time>& time) {
  return time ? Json(absl::ToUnixMillis(*time)) : Json(nullptr);
}

Json PlanJson(const StandingPlan& plan) {
  return {{"digest", plan.digest},
          {"file", plan.file},
          {"drift", plan.drift},
          {"made_ms", absl::ToUnixMillis(plan.made)},
          {"tables", plan.tables},
          {"rows", plan.rows},
          {"bytes", plan.bytes},
          {"removes", plan.removes},
          {"compacts", plan.compacts},
          {"refused", plan.refused},
          {"first_refusal", plan.first_refusal},
          {"approved_by", plan.approved_by},
          {"paused", plan.paused},
          {"begun", plan.begun}};
}

// These throw nlohmann's exceptions; LoadRepairMemory alone catches them.

absl::Time TimeOf(const Json& object, const char* name) {
  return absl::FromUnixMillis(object.at(name).get<int64_t>());
}

StandingPlan ParsePlanJson(const Json& object) {
  StandingPlan plan;
  plan.digest = object.at("digest").get<std::string>();
  plan.file = object.at("file").get<std::string>();
  plan.drift = object.at("drift").get<std::string>();
  plan.made = TimeOf(object, "made_ms");
  plan.tables = object.at("tables").get<uint64_t>();
  plan.rows = object.at("rows").get<uint64_t>();
  plan.bytes = object.at("bytes").get<uint64_t>();
  plan.removes = object.at("removes").get<bool>();
  plan.compacts = object.at("compacts").get<bool>();
  plan.refused = object.at("refused").get<uint64_t>();
  plan.first_refusal = object.at("first_refusal").get<std::string>();
  plan.approved_by = object.at("approved_by").get<std::string>();
  plan.paused = object.at("paused").get<std::string>();
  plan.begun = object.at("begun").get<bool>();
  return plan;
}

RepairMemory ParseMemory(const Json& document) {
  RepairMemory memory;
  if (!document.at("plan").is_null()) memory.plan = ParsePlanJson(document.at("plan"));
  memory.failures = document.at("failures").get<int>();
  if (const Json& failed = document.at("failed"); !failed.is_null()) {
    memory.failed = FailedRepair{failed.at("digest").get<std::string>(), TimeOf(failed, "made_ms"),
                                 TimeOf(failed, "ended_ms"), failed.at("why").get<std::string>()};
  }
  if (!document.at("broke_off_ms").is_null()) memory.broke_off = TimeOf(document, "broke_off_ms");
  memory.cancelled = document.at("cancelled").get<std::string>();
  memory.rejected = document.at("rejected").get<std::string>();
  return memory;
}

}  // namespace

std::string RepairName(std::string_view digest) {
  constexpr size_t kDigits = 12;
  return fmt::format("repair-{}", DigestDigits(digest, kDigits));
}

StandingPlan StandingPlanOf(const RepairPlan& plan, std::string digest, std::string file,
                            std::string drift) {
  StandingPlan standing;
  standing.digest = std::move(digest);
  standing.file = std::move(file);
  standing.drift = std::move(drift);
  standing.made = plan.made;
  std::set<TableName> tables;
  for (const PlannedRange& range : plan.ranges) {
    tables.insert(range.table);
    standing.rows += range.rows;
    standing.bytes += range.bytes;
    for (const PlannedRow& row : range.drifted) {
      standing.removes = standing.removes || row.deletes;
      standing.compacts = standing.compacts || row.compaction;
    }
  }
  standing.tables = tables.size();
  standing.refused = plan.refused.size();
  if (!plan.refused.empty()) {
    standing.first_refusal =
        fmt::format("in {}: {}", plan.refused[0].table.ToString(), plan.refused[0].why);
  }
  return standing;
}

std::string PlansFolder(const std::string& storage_folder) { return storage_folder + "/plans"; }

std::string MemoryFile(const std::string& storage_folder, std::string_view link) {
  return fmt::format("{}/link-{}.json", PlansFolder(storage_folder), http::PercentEncoded(link));
}

StatusOr<RepairMemory> LoadRepairMemory(const std::string& path) {
  const StatusOr<std::string> text = ReadFile(path, kMostOfAFile);
  if (absl::IsNotFound(text.status())) return RepairMemory();
  if (!text.ok()) return Annotate(text.status(), path);
  try {
    const Json document = Json::parse(*text);
    if (document.at("version").get<int>() == kVersion) return ParseMemory(document);
    return Error(absl::StatusCode::kDataLoss, "{} is of another version of twinwatch", path);
  } catch (const Json::exception& error) {
    return Error(absl::StatusCode::kDataLoss,
                 "{} is damaged ({}): it is not known whether a repair was begun. Look for one in "
                 "the journals beside it, then move the file away",
                 path, error.what());
  }
}

Status SaveRepairMemory(const std::string& path, const RepairMemory& memory) {
  Json failed = nullptr;
  if (memory.failed) {
    failed = {{"digest", memory.failed->digest},
              {"made_ms", absl::ToUnixMillis(memory.failed->made)},
              {"ended_ms", absl::ToUnixMillis(memory.failed->ended)},
              {"why", memory.failed->why}};
  }
  const Json document = {{"version", kVersion},
                         {"plan", memory.plan ? PlanJson(*memory.plan) : Json(nullptr)},
                         {"failures", memory.failures},
                         {"failed", std::move(failed)},
                         {"broke_off_ms", MillisOrNull(memory.broke_off)},
                         {"cancelled", memory.cancelled},
                         {"rejected", memory.rejected}};
  // Names and refusals may hold any bytes.
  return WritePrivate(path, document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

void RemoveOldPlans(const std::string& folder, absl::Time now) {
  std::error_code error;
  std::filesystem::directory_iterator file(folder, error);
  for (; !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    const std::filesystem::path& path = file->path();
    const std::string name = path.filename().string();
    if (!name.starts_with("repair-") || !name.ends_with(".plan")) continue;
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) continue;
    if (now - absl::FromTimeT(info.st_mtime) > kPlanLives + absl::Hours(1))
      std::remove(path.c_str());
  }
}

}  // namespace twinwatch::app
