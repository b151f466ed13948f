// Reads YAML into structs by tables of keys, and says where in the file something is wrong.
//
//   constexpr ConfigKey<HeartbeatConfig> kHeartbeatKeys[] = {
//       {"interval", Into<&HeartbeatConfig::interval, ReadPositiveDuration>},
//   };
//
// yaml-cpp throws; the only place that catches is ParseYaml in config_reader.cc, everything else
// here uses of yaml-cpp only what does not throw for nodes that are there.
#pragma once

#include <absl/time/time.h>
#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/core/status.h"

namespace twinwatch::app {

// A place in the file: a value, and how users name it.
class ConfigValue {
 public:
  ConfigValue(const std::string* path, std::string name, YAML::Node node)
      : path_(path), name_(std::move(name)), node_(std::move(node)) {}

  struct Entry;
  // Of a map, in the file's order. An error for anything else, for a key that is there twice, and
  // for keys that are no plain words.
  StatusOr<std::vector<Entry>> Entries() const;
  StatusOr<std::vector<ConfigValue>> Items() const;
  // An error when it is empty, or no single value.
  StatusOr<std::string> Scalar() const;

  // kInvalidArgument at this place.
  template <typename... Args>
  Status Bad(fmt::format_string<Args...> format, Args&&... args) const {
    return BadText(fmt::format(format, std::forward<Args>(args)...));
  }
  Status BadText(std::string_view why) const;

  const std::string& name() const { return name_; }

 private:
  const std::string* path_;
  std::string name_;  // links[0].verify; empty at the root
  YAML::Node node_;
};

struct ConfigValue::Entry {
  std::string key;
  ConfigValue at;  // of the key
  ConfigValue value;
};

// The document; kInvalidArgument when it is no YAML. `path` must outlive what is returned.
StatusOr<ConfigValue> ParseYaml(std::string_view text, const std::string* path);

template <typename T>
struct ConfigKey {
  std::string_view name;
  Status (*read)(const ConfigValue& value, T* into);
};

// "unknown key `intervall`; did you mean `interval`?", or the list of those that there are.
std::string UnknownKey(std::string_view key, const std::vector<std::string_view>& known);

// A map whose keys are those of the table.
template <typename T, const auto& kKeys>
Status ReadKeys(const ConfigValue& map, T* into) {
  ASSIGN_OR_RETURN(const std::vector<ConfigValue::Entry> entries, map.Entries());
  for (const ConfigValue::Entry& entry : entries) {
    const ConfigKey<T>* found = nullptr;
    std::vector<std::string_view> known;
    for (const ConfigKey<T>& key : kKeys) {
      known.push_back(key.name);
      if (key.name == entry.key) found = &key;
    }
    if (found == nullptr) return entry.at.BadText(UnknownKey(entry.key, known));
    RETURN_IF_ERROR(found->read(entry.value, into));
  }
  return absl::OkStatus();
}

template <typename T>
struct Unwrapped {
  using Type = T;
};
template <typename T>
struct Unwrapped<std::optional<T>> {
  using Type = T;
};

// One member of the struct, optional or not, by a function that reads its type.
template <auto kMember, auto kRead, typename T>
Status Into(const ConfigValue& value, T* into) {
  auto& member = into->*kMember;
  typename Unwrapped<std::remove_reference_t<decltype(member)>>::Type read{};
  RETURN_IF_ERROR(kRead(value, &read));
  member = std::move(read);
  return absl::OkStatus();
}

Status ReadText(const ConfigValue& value, std::string* into);
Status ReadDuration(const ConfigValue& value, absl::Duration* into);
Status ReadPositiveDuration(const ConfigValue& value, absl::Duration* into);
Status ReadRate(const ConfigValue& value, uint64_t* into);
Status ReadBytes(const ConfigValue& value, uint64_t* into);  // 100MB
Status ReadCount(const ConfigValue& value, uint64_t* into);  // 1 or more
Status ReadFraction(const ConfigValue& value, double* into);
Status ReadRegexes(const ConfigValue& value, std::vector<std::string>* into);

}  // namespace twinwatch::app
