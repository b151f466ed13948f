#include "agent/app/config_reader.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <regex>
#include <set>

#include "agent/core/duration.h"

namespace twinwatch::app {
namespace {

constexpr size_t kMaxPattern = 500;  // std::regex recurses once a parenthesis

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t k = 0; k < b.size(); ++k) {
      const size_t replaced = diagonal + (a[i] == b[k] ? 0 : 1);
      diagonal = row[k + 1];
      row[k + 1] = std::min({replaced, row[k] + 1, row[k + 1] + 1});
    }
  }
  return row.back();
}

Status CheckRegex(const ConfigValue& value, const std::string& pattern) {
  if (pattern.size() > kMaxPattern) {
    return value.Bad("a regular expression of more than {} characters", kMaxPattern);
  }
  try {
    const std::regex compiled(pattern);
  } catch (const std::regex_error& error) {
    return value.Bad("\"{}\" is no regular expression: {}", pattern, error.what());
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<ConfigValue> ParseYaml(std::string_view text, const std::string* path) {
  try {
    return ConfigValue(path, "", YAML::Load(std::string(text)));
  } catch (const YAML::Exception& error) {
    const int line = error.mark.is_null() ? 1 : error.mark.line + 1;
    return Error(absl::StatusCode::kInvalidArgument, "{}:{}: no valid YAML: {}", *path, line,
                 error.msg);
  } catch (const std::exception& error) {
    return Error(absl::StatusCode::kInvalidArgument, "{}:1: no valid YAML: {}", *path,
                 error.what());
  }
}

Status ConfigValue::BadText(std::string_view why) const {
  const YAML::Mark mark = node_.Mark();
  const std::string where = name_.empty() ? "" : name_ + ": ";
  return Error(absl::StatusCode::kInvalidArgument, "{}:{}: {}{}", *path_,
               mark.is_null() ? 1 : mark.line + 1, where, why);
}

StatusOr<std::vector<ConfigValue::Entry>> ConfigValue::Entries() const {
  std::vector<Entry> entries;
  if (node_.IsNull() && name_.empty()) return entries;
  if (node_.IsNull()) return Bad("has no value; give it one or remove the key");
  if (!node_.IsMap()) return Bad("must be a map of keys and values");
  std::set<std::string> seen;
  for (const auto& pair : node_) {
    ConfigValue at(path_, name_, pair.first);
    if (!pair.first.IsScalar()) return at.Bad("a key must be a plain word");
    const std::string& key = pair.first.Scalar();
    if (!seen.insert(key).second) return at.Bad("key `{}` is there twice", key);
    entries.push_back({key, at, {path_, name_.empty() ? key : name_ + "." + key, pair.second}});
  }
  return entries;
}

StatusOr<std::vector<ConfigValue>> ConfigValue::Items() const {
  if (!node_.IsSequence()) return Bad("must be a list");
  std::vector<ConfigValue> items;
  for (const auto& item : node_) {
    items.emplace_back(path_, fmt::format("{}[{}]", name_, items.size()), item);
  }
  return items;
}

StatusOr<std::string> ConfigValue::Scalar() const {
  if (node_.IsNull()) return Bad("has no value; give it one or remove the key");
  if (!node_.IsScalar()) return Bad("must be a single value");
  if (node_.Scalar().empty()) return Bad("is empty; give it a value or remove the key");
  return node_.Scalar();
}

std::string UnknownKey(std::string_view key, const std::vector<std::string_view>& known) {
  std::string_view nearest;
  size_t distance = std::min<size_t>(3, std::max<size_t>(1, key.size() / 2) + 1);
  for (const std::string_view name : known) {
    if (key.size() > name.size() + 3) continue;
    if (const size_t d = EditDistance(key, name); d < distance) {
      distance = d;
      nearest = name;
    }
  }
  if (!nearest.empty()) {
    return fmt::format("unknown key `{}`; did you mean `{}`?", key.substr(0, 100), nearest);
  }
  return fmt::format("unknown key `{}`; there are {}", key.substr(0, 100), fmt::join(known, ", "));
}

Status ReadText(const ConfigValue& value, std::string* into) {
  ASSIGN_OR_RETURN(*into, value.Scalar());
  return absl::OkStatus();
}

Status ReadDuration(const ConfigValue& value, absl::Duration* into) {
  ASSIGN_OR_RETURN(const std::string text, value.Scalar());
  const StatusOr<absl::Duration> parsed = ParseDuration(text);
  if (!parsed.ok()) return value.BadText(Text(parsed.status()));
  *into = *parsed;
  return absl::OkStatus();
}

Status ReadPositiveDuration(const ConfigValue& value, absl::Duration* into) {
  RETURN_IF_ERROR(ReadDuration(value, into));
  if (*into > absl::ZeroDuration()) return absl::OkStatus();
  return value.Bad("must be longer than nothing");
}

Status ReadRate(const ConfigValue& value, uint64_t* into) {
  ASSIGN_OR_RETURN(const std::string text, value.Scalar());
  const StatusOr<uint64_t> parsed = ParseRate(text);
  if (!parsed.ok()) return value.BadText(Text(parsed.status()));
  *into = *parsed;
  return absl::OkStatus();
}

Status ReadBytes(const ConfigValue& value, uint64_t* into) {
  ASSIGN_OR_RETURN(const std::string text, value.Scalar());
  const StatusOr<uint64_t> parsed = ParseRate(text + "/s");
  if (!parsed.ok()) {
    return value.Bad("\"{}\" is no size: write a number and B, kB, MB or GB, such as 100MB", text);
  }
  *into = *parsed;
  return absl::OkStatus();
}

Status ReadCount(const ConfigValue& value, uint64_t* into) {
  ASSIGN_OR_RETURN(const std::string text, value.Scalar());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *into);
  if (error != std::errc() || end != text.data() + text.size() || *into == 0) {
    return value.Bad("\"{}\" is no whole number of 1 or more", text);
  }
  return absl::OkStatus();
}

Status ReadFraction(const ConfigValue& value, double* into) {
  ASSIGN_OR_RETURN(const std::string text, value.Scalar());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *into);
  if (error != std::errc() || end != text.data() + text.size() || !(*into >= 0 && *into <= 1)) {
    return value.Bad("\"{}\" is no number from 0 to 1", text);
  }
  return absl::OkStatus();
}

Status ReadRegexes(const ConfigValue& value, std::vector<std::string>* into) {
  ASSIGN_OR_RETURN(const std::vector<ConfigValue> items, value.Items());
  for (const ConfigValue& item : items) {
    ASSIGN_OR_RETURN(const std::string pattern, item.Scalar());
    RETURN_IF_ERROR(CheckRegex(item, pattern));
    into->push_back(pattern);
  }
  return absl::OkStatus();
}

}  // namespace twinwatch::app
