#include "agent/app/request_text.h"

#include <nlohmann/json.hpp>

#include "agent/core/bytes.h"

namespace twinwatch::app {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;

Json MillisOr(const std::optional<absl::Time>& time) {
  return time ? Json(absl::ToUnixMillis(*time)) : Json();
}

std::optional<absl::Time> TimeOf(const Json& millis) {
  if (millis.is_null()) return std::nullopt;
  return absl::FromUnixMillis(millis.get<int64_t>());
}

Json SampleJson(const std::optional<SampleRequest>& sample) {
  if (!sample) return nullptr;
  return {{"fraction", sample->fraction}, {"rows", sample->rows}, {"seed", sample->seed}};
}

StatusOr<VerifyRequest> Parsed(const Json& json) {
  if (json.at("version").get<int>() != kVersion) {
    return Error(absl::StatusCode::kDataLoss, "it was written by another version of twinwatch");
  }
  VerifyRequest request;
  request.families = json.at("families").get<std::vector<std::string>>();
  request.max_versions = json.at("max_versions").get<uint32_t>();
  request.raw = json.at("raw").get<bool>();
  request.keys_only = json.at("keys_only").get<bool>();
  request.since = TimeOf(json.at("since"));
  request.until = TimeOf(json.at("until"));
  request.incremental = json.at("incremental").get<bool>();
  const int confirm = json.at("confirm").get<int>();
  if (confirm < 0 || confirm > static_cast<int>(ConfirmBy::kNone))
    return Error(absl::StatusCode::kDataLoss, "there is no way {} to confirm", confirm);
  request.confirm = static_cast<ConfirmBy>(confirm);
  VerifyTableOptions& options = request.options;
  ASSIGN_OR_RETURN(options.range.start, FromStringBinary(json.at("start").get<std::string>()));
  ASSIGN_OR_RETURN(options.range.stop, FromStringBinary(json.at("stop").get<std::string>()));
  options.ignore_extra = json.at("ignore_extra").get<bool>();
  options.settle = absl::Milliseconds(json.at("settle_ms").get<int64_t>());
  options.confirming.barrier_timeout =
      absl::Milliseconds(json.at("barrier_timeout_ms").get<int64_t>());
  if (const Json& sample = json.at("sample"); !sample.is_null()) {
    options.sample.emplace();
    options.sample->fraction = sample.at("fraction").get<double>();
    options.sample->rows = sample.at("rows").get<uint64_t>();
    options.sample->seed = sample.at("seed").get<uint64_t>();
  }
  return request;
}

}  // namespace

std::string ToText(const VerifyRequest& request) {
  const VerifyTableOptions& options = request.options;
  const Json json = {
      {"version", kVersion},
      {"families", request.families},
      {"max_versions", request.max_versions},
      {"raw", request.raw},
      {"keys_only", request.keys_only},
      {"since", MillisOr(request.since)},
      {"until", MillisOr(request.until)},
      {"incremental", request.incremental},
      {"confirm", static_cast<int>(request.confirm)},
      {"start", ToStringBinary(options.range.start)},
      {"stop", ToStringBinary(options.range.stop)},
      {"ignore_extra", options.ignore_extra},
      {"settle_ms", absl::ToInt64Milliseconds(options.settle)},
      {"barrier_timeout_ms", absl::ToInt64Milliseconds(options.confirming.barrier_timeout)},
      {"sample", SampleJson(options.sample)}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::optional<std::vector<std::string>> RunNote::FamiliesOf(const std::string& table) const {
  const auto it = families.find(table);
  if (it == families.end()) return std::nullopt;
  return it->second;
}

std::string WithNote(const std::string& request_text, const RunNote& note) {
  Json json = Json::parse(request_text, nullptr, false);
  if (!json.is_object()) json = Json::object();
  json["note"] = {{"by", note.by}, {"peer", note.peer}, {"families", note.families}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

RunNote NoteOf(std::string_view text) {
  RunNote note;
  const Json json = Json::parse(text, nullptr, false);
  try {
    const Json& noted = json.at("note");
    note.by = noted.at("by").get<std::string>();
    note.peer = noted.at("peer").get<std::string>();
    note.families = noted.at("families").get<std::map<std::string, std::vector<std::string>>>();
  } catch (const Json::exception&) {
    return RunNote();
  }
  return note;
}

bool IsOfRequest(std::string_view text, const VerifyRequest& request) {
  const StatusOr<VerifyRequest> then = RequestOf(text);
  return then.ok() && ToText(*then) == ToText(request);
}

StatusOr<VerifyRequest> RequestOf(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  StatusOr<VerifyRequest> request =
      Error(absl::StatusCode::kDataLoss, "what this run was asked for cannot be read");
  if (json.is_discarded()) return request;
  try {
    request = Parsed(json);
  } catch (const Json::exception&) {
    // `request` says so already.
  }
  return request;
}

}  // namespace twinwatch::app
