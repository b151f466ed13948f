#include "agent/app/hadoop_site.h"

#include <algorithm>
#include <pugixml.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "agent/app/read_file.h"

namespace twinwatch::app {
namespace {

constexpr size_t kMaxFileBytes = 4u << 20;
constexpr size_t kMaxFiles = 64;        // included ones too, each time
constexpr int kMaxNesting = 20;         // of <configuration>, and rounds of substitution
constexpr size_t kMaxValue = 1u << 16;  // after substitution

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// An attribute or a child element: Hadoop takes both.
std::string FieldOf(const pugi::xml_node& property, const char* name) {
  if (const pugi::xml_attribute attribute = property.attribute(name)) {
    return std::string(Trim(attribute.value()));
  }
  std::string text;
  for (const pugi::xml_node& piece : property.child(name).children()) text += piece.value();
  return std::string(Trim(text));
}

std::string_view LocalName(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

class Loader {
 public:
  Loader(const ReadHadoopFile& read, const std::string& dir) : read_(read), dir_(dir) {}

  // kNotFound when there is no such file.
  Status Load(const std::string& name) {
    const StatusOr<std::string> text = read_(name);
    if (absl::IsNotFound(text.status())) return text.status();
    if (!text.ok()) return Bad(name, "cannot be read: {}", Text(text.status()));
    if (++files_ > kMaxFiles) return Bad(name, "more than {} files are included", kMaxFiles);
    pugi::xml_document document;
    const pugi::xml_parse_result parsed = document.load_buffer(text->data(), text->size());
    if (!parsed) {
      const auto end = text->begin() + std::min<ptrdiff_t>(parsed.offset, std::ssize(*text));
      return Error(absl::StatusCode::kInvalidArgument, "{}:{}: no well-formed XML: {}",
                   PathOf(name), 1 + std::count(text->begin(), end, '\n'), parsed.description());
    }
    const pugi::xml_node configuration = document.child("configuration");
    if (!configuration) {
      return Bad(name,
                 "its root element is no <configuration>; is it a Hadoop configuration file?");
    }
    including_.push_back(name);
    const Status status = Take(configuration, 0);
    including_.pop_back();
    return status;
  }

  HadoopProperties TakeProperties() { return std::move(properties_); }

 private:
  std::string PathOf(const std::string& name) const { return dir_ + "/" + name; }

  template <typename... Args>
  Status Bad(const std::string& name, fmt::format_string<Args...> format, Args&&... args) const {
    return Error(absl::StatusCode::kInvalidArgument, "{}: {}", PathOf(name),
                 fmt::format(format, std::forward<Args>(args)...));
  }

  Status Take(const pugi::xml_node& configuration, int depth) {
    if (depth > kMaxNesting) return Bad(including_.back(), "its elements are nested too deep");
    for (const pugi::xml_node& child : configuration.children()) {
      const std::string_view name = LocalName(child);
      if (name == "property") {
        TakeProperty(child);
      } else if (name == "include") {
        RETURN_IF_ERROR(Include(child, depth));
      } else if (name == "configuration") {
        RETURN_IF_ERROR(Take(child, depth + 1));
      }
    }
    return absl::OkStatus();
  }

  void TakeProperty(const pugi::xml_node& property) {
    const std::string name = FieldOf(property, "name");
    if (name.empty() || final_.contains(name)) return;
    properties_[name] = FieldOf(property, "value");
    if (FieldOf(property, "final") == "true") final_.insert(name);
  }

  Status Include(const pugi::xml_node& include, int depth) {
    const std::string by = including_.back();
    const std::string href(Trim(include.attribute("href").value()));
    if (href.empty() || href.find('/') != std::string::npos || href == "." || href == "..") {
      return Bad(by, "it includes \"{}\"; only files of the same folder are taken in", href);
    }
    if (std::find(including_.begin(), including_.end(), href) != including_.end()) {
      return Bad(by, "it includes {}, which includes it in turn; remove one <xi:include>", href);
    }
    const Status status = Load(href);
    if (!absl::IsNotFound(status)) return status;
    for (const pugi::xml_node& child : include.children()) {
      if (LocalName(child) == "fallback") return Take(child, depth + 1);
    }
    return Bad(by, "it includes {}, which is not in that folder", href);
  }

  const ReadHadoopFile& read_;
  const std::string& dir_;
  HadoopProperties properties_;
  std::set<std::string> final_;
  std::vector<std::string> including_;  // the file being read is the last
  size_t files_ = 0;
};

// `text` with each ${name} that is known replaced once.
std::string SubstituteOnce(const std::string& text, const HadoopProperties& properties) {
  std::string out;
  size_t at = 0;
  while (true) {
    const size_t open = text.find("${", at);
    const size_t close = text.find('}', open);
    if (open == std::string::npos || close == std::string::npos) break;
    // In "${a${b}" the inner one is meant.
    const size_t inner = text.rfind("${", close);
    const auto it = properties.find(text.substr(inner + 2, close - inner - 2));
    out.append(text, at, inner - at);
    out += it == properties.end() ? text.substr(inner, close + 1 - inner) : it->second;
    at = close + 1;
    if (out.size() > kMaxValue) return out;
  }
  return out.append(text, at);
}

// A value that refers to itself, or grows without end, stays as it was written.
std::string Substitute(const std::string& raw, const HadoopProperties& properties) {
  std::string text = raw;
  for (int round = 0; round < kMaxNesting; ++round) {
    std::string next = SubstituteOnce(text, properties);
    if (next == text) return text;
    if (next.size() > kMaxValue) return raw;
    text = std::move(next);
  }
  return raw;
}

std::string ValueOr(const HadoopProperties& site, const std::string& name,
                    std::string_view otherwise) {
  const auto it = site.find(name);
  return it == site.end() || it->second.empty() ? std::string(otherwise) : it->second;
}

}  // namespace

StatusOr<HadoopProperties> ParseHadoopConf(const ReadHadoopFile& read, const std::string& dir,
                                           const std::vector<std::string>& files) {
  Loader loader(read, dir);
  for (const std::string& file : files) {
    const Status status = loader.Load(file);
    if (absl::IsNotFound(status) && file == "hbase-site.xml") {
      return Error(
          absl::StatusCode::kInvalidArgument,
          "there is no hbase-site.xml in {}; name the folder that holds HBase's configuration, "
          "such as /etc/hbase/conf",
          dir);
    }
    if (!absl::IsNotFound(status)) RETURN_IF_ERROR(status);
  }
  return Substituted(loader.TakeProperties());
}

HadoopProperties Substituted(const HadoopProperties& raw) {
  HadoopProperties properties;
  for (const auto& [name, value] : raw) properties[name] = Substitute(value, raw);
  return properties;
}

StatusOr<HadoopProperties> ReadHadoopConf(const std::string& dir, std::vector<std::string> files) {
  const ReadHadoopFile read = [&dir](const std::string& name) {
    return ReadFile(dir + "/" + name, kMaxFileBytes);
  };
  return ParseHadoopConf(read, dir, files);
}

StatusOr<ClusterKey> ClusterKeyFromSite(const HadoopProperties& site) {
  const std::string quorum = ValueOr(site, "hbase.zookeeper.quorum", "localhost");
  const std::string port = ValueOr(site, "hbase.zookeeper.property.clientPort", "2181");
  const std::string base = ValueOr(site, "zookeeper.znode.parent", "/hbase");
  std::string servers;
  size_t at = 0;
  while (at <= quorum.size()) {
    const size_t end = std::min(quorum.find(',', at), quorum.size());
    const std::string_view server = Trim(std::string_view(quorum).substr(at, end - at));
    at = end + 1;
    if (server.empty()) continue;
    if (!servers.empty()) servers += ',';
    servers += server;
    if (server.find(':') == std::string_view::npos) servers += ":" + port;
  }
  const std::string text = servers + ":" + base;
  StatusOr<ClusterKey> key = text.find("${") == std::string::npos
                                 ? ClusterKey::Parse(text)
                                 : Error(absl::StatusCode::kInvalidArgument,
                                         "\"{}\" holds a variable that is not set", text);
  if (key.ok()) return key;
  return Error(absl::StatusCode::kInvalidArgument,
               "{}; look at hbase.zookeeper.quorum, hbase.zookeeper.property.clientPort and "
               "zookeeper.znode.parent in hbase-site.xml",
               Text(key.status()));
}

}  // namespace twinwatch::app
