#include "probes/dfs/web_hdfs.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "probes/dfs/wal_header.h"
#include "probes/http/client.h"

namespace twinwatch::dfs {
namespace {

constexpr size_t kErrorBody = 8192;
constexpr size_t kMaxQuoted = 300;
constexpr size_t kJmxBody = 65536;
// Some fifteen thousand files.
constexpr size_t kListBody = 4u << 20;

// The text of `"name":"..."` in a RemoteException, which is all that is wanted of its JSON.
std::string JsonText(std::string_view json, std::string_view name) {
  const std::string key = fmt::format("\"{}\":\"", name);
  const size_t at = json.find(key);
  if (at == std::string_view::npos) return "";
  std::string out;
  for (size_t i = at + key.size(); i < json.size() && json[i] != '"'; ++i) {
    if (json[i] == '\\' && ++i == json.size()) break;
    if (out.size() == kMaxQuoted) break;
    out += static_cast<unsigned char>(json[i]) < ' ' ? ' ' : json[i];
  }
  return out;
}

// The number of `"name" : 123` in a bean, likewise.
std::optional<uint64_t> JsonNumber(std::string_view json, std::string_view name) {
  size_t at = json.find(fmt::format("\"{}\"", name));
  if (at == std::string_view::npos) return std::nullopt;
  at = json.find_first_not_of(" :", at + name.size() + 2);
  if (at == std::string_view::npos) return std::nullopt;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(json.data() + at, json.data() + json.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

bool IsRedirect(int status) { return status == 307 || status == 302 || status == 301; }

// The same question for what is behind `offset`.
http::Url From(uint64_t offset, http::Url url) {
  const size_t query = std::min(url.target.find('?'), url.target.size());
  for (const std::string_view name : {"?offset=", "&offset="}) {
    const size_t at = url.target.find(name, query);
    if (at == std::string::npos) continue;
    const size_t value = at + name.size();
    const size_t end = std::min(url.target.find('&', value), url.target.size());
    url.target.replace(value, end - value, std::to_string(offset));
    return url;
  }
  url.target += fmt::format("&offset={}", offset);
  return url;
}

}  // namespace

Status ErrorOf(const http::Response& response, const std::string& server) {
  const std::string exception = JsonText(response.body, "exception");
  std::string text = JsonText(response.body, "message");
  text.resize(std::min(text.find("\\n"), text.size()));
  if (exception == "FileNotFoundException" && response.status == 404) {
    return Error(absl::StatusCode::kNotFound, "{}: {}", server, text);
  }
  if (exception == "StandbyException" || exception == "RetriableException" ||
      exception == "SafeModeException") {
    return Error(absl::StatusCode::kUnavailable, "{}: {}", server, exception);
  }
  if (exception == "AccessControlException") {
    return Error(absl::StatusCode::kPermissionDenied, "{}: {}", server, text);
  }
  if (response.status == 401) {
    return Error(absl::StatusCode::kUnauthenticated,
                 "{}: WebHDFS wants Kerberos, which is not spoken in this version", server);
  }
  if (!exception.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "{}: {}: {}", server, exception, text);
  }
  return Error(absl::StatusCode::kFailedPrecondition,
               "{}: answers {}; is it the HTTP address of a NameNode, and is dfs.webhdfs.enabled "
               "true?",
               server, response.status);
}

StatusOr<std::vector<FolderEntry>> ParseListing(std::string_view json) {
  std::vector<FolderEntry> entries;
  try {
    const auto document = nlohmann::json::parse(json);
    for (const auto& status : document.at("FileStatuses").at("FileStatus")) {
      FolderEntry entry;
      entry.name = status.at("pathSuffix").get<std::string>();
      entry.is_folder = status.at("type").get<std::string>() == "DIRECTORY";
      // Of a file WebHDFS lists itself, without a name. A name that leads elsewhere is none.
      if (entry.name.empty() || entry.name.find('/') != std::string::npos) continue;
      entries.push_back(std::move(entry));
    }
  } catch (const nlohmann::json::exception& error) {
    return Error(absl::StatusCode::kDataLoss, "the answer is no list of files: {}", error.what());
  }
  return entries;
}

WebHdfs::WebHdfs(Executor executor, std::vector<http::Url> name_nodes, std::string user,
                 std::shared_ptr<RequestBucket> bucket)
    : executor_(std::move(executor)),
      name_nodes_(std::move(name_nodes)),
      user_(std::move(user)),
      bucket_(std::move(bucket)) {}

Task<StatusOr<http::Response>> WebHdfs::Ask(http::Url url, size_t body_bytes, Deadline deadline) {
  if (url.secure) {
    co_return Error(absl::StatusCode::kUnimplemented,
                    "https is not spoken to WebHDFS in this version ({})", url.HostPort());
  }
  const auto when = bucket_->Take(std::chrono::steady_clock::now(), deadline);
  if (!when) {
    co_return Error(absl::StatusCode::kDeadlineExceeded,
                    "{}: not asked in time, webhdfs.requests_per_second is reached",
                    url.HostPort());
  }
  co_await SleepUntil(*when);
  http::Message get;
  get.addresses = addresses_;
  co_return co_await http::Send(executor_, std::move(url), std::move(get), body_bytes, deadline);
}

// A redirect, or a 200.
Task<StatusOr<http::Response>> WebHdfs::AskNameNode(std::string path, std::string op,
                                                    size_t body_bytes, Deadline deadline) {
  Status last;
  for (size_t tried = 0; tried < name_nodes_.size(); ++tried) {
    const size_t index = active_;
    http::Url url = name_nodes_[index];
    const std::string server = url.HostPort();
    if (url.target.ends_with('/')) url.target.pop_back();
    url.target += fmt::format("/webhdfs/v1{}?op={}&user.name={}", http::PercentEncoded(path, "/"),
                              op, http::PercentEncoded(user_));
    StatusOr<http::Response> response = co_await Ask(std::move(url), body_bytes, deadline);
    if (response.ok() && (response->status == 200 || IsRedirect(response->status)))
      co_return response;
    last = response.ok() ? ErrorOf(*response, server) : response.status();
    const bool other_may_know =
        absl::IsUnavailable(last) || absl::IsDataLoss(last) || absl::IsDeadlineExceeded(last);
    if (!other_may_know) co_return last;
    // Another call may have moved on meanwhile.
    if (active_ == index) active_ = (index + 1) % name_nodes_.size();
  }
  co_return last;
}

// How long the file is from `offset` on, and how that begins.
Task<StatusOr<FileStart>> WebHdfs::AskDataNode(http::Url url, uint64_t offset, Deadline deadline) {
  const std::string data_node = url.HostPort();
  CO_ASSIGN_OR_RETURN(http::Response response,
                      co_await Ask(From(offset, std::move(url)), kErrorBody, deadline));
  if (response.status != 200) co_return ErrorOf(response, data_node);
  if (!response.content_length) {
    co_return Error(absl::StatusCode::kUnimplemented, "{}: says no Content-Length", data_node);
  }
  FileStart start;
  start.bytes = *response.content_length;
  start.prefix = response.body.substr(0, kHeaderPrefix);
  co_return start;
}

// None: it was not opened lately, or is not what it was. The DataNode asks the NameNode by itself
// what there is of the file now, so its answer is as good as after a redirect; it closes the
// connection behind each, so none is kept.
Task<std::optional<FileStart>> WebHdfs::OpenAgain(std::string path, Deadline deadline) {
  std::optional<OpenedFile> known = opened_.Find(path, std::chrono::steady_clock::now());
  if (!known) co_return std::nullopt;
  const StatusOr<FileStart> rest =
      co_await AskDataNode(known->data_node, known->start.bytes, deadline);
  if (!rest.ok() || rest->bytes > UINT64_MAX - known->start.bytes) {
    opened_.Forget(path);
    co_return std::nullopt;
  }
  known->start.bytes += rest->bytes;
  opened_.Grown(path, known->start.bytes);
  co_return known->start;
}

Task<StatusOr<FileStart>> WebHdfs::Open(std::string path, Deadline deadline) {
  if (std::optional<FileStart> start = co_await OpenAgain(path, deadline)) co_return *start;
  CO_ASSIGN_OR_RETURN(const http::Response redirect,
                      co_await AskNameNode(path, "OPEN", kErrorBody, deadline));
  const std::string name_node = name_nodes_[active_].HostPort();
  if (!IsRedirect(redirect.status)) {
    co_return Error(absl::StatusCode::kUnimplemented,
                    "{}: answers by itself (HttpFS, or a gateway): it names no DataNode, which "
                    "alone knows the lengths of open files",
                    name_node);
  }
  StatusOr<http::Url> url = http::Url::Parse(redirect.location);
  if (!url.ok()) co_return Annotate(url.status(), name_node + ": redirects to no DataNode");
  // From the beginning: what it answers then is the whole length.
  CO_ASSIGN_OR_RETURN(FileStart start, co_await AskDataNode(*url, 0, deadline));
  // A shorter one is read from its beginning until all is there that is wanted of it.
  if (start.prefix.size() == kHeaderPrefix)
    opened_.Keep(path, {*std::move(url), start}, std::chrono::steady_clock::now());
  co_return start;
}

Task<StatusOr<bool>> WebHdfs::HasFolder(std::string path, Deadline deadline) {
  const StatusOr<http::Response> response =
      co_await AskNameNode(std::move(path), "GETFILESTATUS", kErrorBody, deadline);
  if (absl::IsNotFound(response.status())) co_return false;
  if (!response.ok()) co_return response.status();
  co_return JsonText(response->body, "type") == "DIRECTORY";
}

Task<StatusOr<std::vector<FolderEntry>>> WebHdfs::List(std::string path, Deadline deadline) {
  CO_ASSIGN_OR_RETURN(const http::Response response,
                      co_await AskNameNode(path, "LISTSTATUS", kListBody, deadline));
  const std::string server = name_nodes_[active_].HostPort();
  if (response.body.size() >= kListBody) {
    co_return Error(absl::StatusCode::kResourceExhausted, "{}: the list of {} is longer than {} MB",
                    server, path, kListBody >> 20);
  }
  StatusOr<std::vector<FolderEntry>> entries = ParseListing(response.body);
  if (!entries.ok()) co_return Annotate(entries.status(), server);
  co_return entries;
}

// WebHDFS itself does not tell; the NameNode's metrics do.
Task<StatusOr<uint64_t>> WebHdfs::FreeBytes(std::string, Deadline deadline) {
  http::Url url = name_nodes_[active_];
  const std::string server = url.HostPort();
  url.target = "/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState";
  CO_ASSIGN_OR_RETURN(const http::Response response,
                      co_await Ask(std::move(url), kJmxBody, deadline));
  if (response.status != 200) co_return ErrorOf(response, server);
  const std::optional<uint64_t> bytes = JsonNumber(response.body, "CapacityRemaining");
  if (bytes) co_return *bytes;
  co_return Error(absl::StatusCode::kUnimplemented, "{}: does not say how much space is left",
                  server);
}

}  // namespace twinwatch::dfs
