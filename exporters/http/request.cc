#include "exporters/http/request.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace twinwatch::http_server {
namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";

Status Bad(std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "bad request: {}", why);
}

bool IsTokenChar(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         kOthers.find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar);
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Up to the separator, which is taken away too; all of it when there is none.
std::string_view TakeUntil(std::string_view* rest, std::string_view separator) {
  const size_t end = rest->find(separator);
  const std::string_view taken = rest->substr(0, end);
  rest->remove_prefix(end == std::string_view::npos ? rest->size() : end + separator.size());
  return taken;
}

int HexDigit(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const size_t at = kDigits.find(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

StatusOr<std::string> UndoEscapes(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const bool whole = i + 2 < text.size();
      const int high = whole ? HexDigit(text[i + 1]) : -1;
      const int low = whole ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return Bad("an escape in the path is not % and two hex digits");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (IsControl(c)) return Bad("a control character in the path");
    out.push_back(c);
  }
  return out;
}

Status ParseTarget(std::string_view target, Request* request) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(std::min(target.find('/', scheme.size()), target.size()));
    if (target.empty()) target = "/";
    break;
  }
  if (target != "*" && !target.starts_with('/')) return Bad("the target is no path");
  if (std::any_of(target.begin(), target.end(), IsControl))
    return Bad("a control character in the target");
  ASSIGN_OR_RETURN(request->path, UndoEscapes(TakeUntil(&target, "?")));
  request->query = target;
  return absl::OkStatus();
}

Status ParseHeader(std::string_view line, Request* request) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
    return Bad("a header line has no name");
  }
  const std::string_view value = Trim(line.substr(colon + 1));
  if (std::any_of(value.begin(), value.end(), [](char c) { return IsControl(c) && c != '\t'; })) {
    return Bad("a control character in a header");
  }
  request->headers.emplace_back(Lower(line.substr(0, colon)), value);
  return absl::OkStatus();
}

bool NamesToken(const Request& request, std::string_view header, std::string_view token) {
  for (const auto& [name, value] : request.headers) {
    if (name != header) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      if (Lower(Trim(TakeUntil(&rest, ","))) == token) return true;
    }
  }
  return false;
}

bool HasBody(const Request& request) {
  return std::any_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
    return header.first == "transfer-encoding" ||
           (header.first == "content-length" && header.second != "0");
  });
}

// Of a POST or PUT. A length that is beyond all limits is as good as the largest there is; none is
// a body of no bytes. Whoever is told two lengths, or a length beside chunks, may be read in two
// ways.
StatusOr<uint64_t> ContentLength(const Request& request) {
  std::optional<uint64_t> length;
  for (const auto& [name, value] : request.headers) {
    if (name == "transfer-encoding" && !request.Header("content-length").empty())
      return Bad("Content-Length beside Transfer-Encoding");
    if (name != "content-length") continue;
    uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), bytes);
    if (value.empty() || end != value.data() + value.size() || error == std::errc::invalid_argument)
      return Bad("Content-Length is no number");
    if (error == std::errc::result_out_of_range) bytes = UINT64_MAX;
    if (length.value_or(bytes) != bytes) return Bad("two lengths of one body");
    length = bytes;
  }
  return length.value_or(0);
}

StatusOr<RequestHead> ParseHead(std::string_view text) {
  RequestHead head;
  Request& request = head.request;
  std::string_view line = TakeUntil(&text, "\r\n");
  request.method = TakeUntil(&line, " ");
  if (!IsToken(request.method)) return Bad("it begins with no method");
  RETURN_IF_ERROR(ParseTarget(TakeUntil(&line, " "), &request));
  if (line != "HTTP/1.1" && line != "HTTP/1.0")
    return Bad("the version is neither HTTP/1.1 nor HTTP/1.0");
  const bool is_1_1 = line == "HTTP/1.1";
  while (!text.empty()) RETURN_IF_ERROR(ParseHeader(TakeUntil(&text, "\r\n"), &request));
  if (is_1_1 && request.Header("host").empty()) return Bad("there is no Host header");
  head.keep_alive = is_1_1 ? !NamesToken(request, "connection", "close")
                           : NamesToken(request, "connection", "keep-alive");
  head.has_body = HasBody(request);
  return head;
}

}  // namespace

std::string_view Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

StatusOr<std::optional<RequestHead>> RequestReader::Next() {
  if (!waiting_) {
    ASSIGN_OR_RETURN(std::optional<RequestHead> head, NextHead());
    if (!head) return std::nullopt;
    const std::string& method = head->request.method;
    if (!head->has_body || (method != "POST" && method != "PUT")) return head;
    ASSIGN_OR_RETURN(const uint64_t bytes, ContentLength(head->request));
    head->refused = !head->request.Header("transfer-encoding").empty() ? 411
                    : bytes > max_body_bytes_                          ? 413
                                                                       : 0;
    if (head->refused != 0) return head;
    head->has_body = false;
    waiting_ = std::move(head);
    body_bytes_ = bytes;
  }
  if (buffer_.size() < body_bytes_) return std::nullopt;
  waiting_->request.body = buffer_.substr(0, body_bytes_);
  buffer_.erase(0, body_bytes_);
  return std::exchange(waiting_, std::nullopt);
}

StatusOr<std::optional<RequestHead>> RequestReader::NextHead() {
  // Empty lines before a request are passed over.
  size_t start = 0;
  while (buffer_.compare(start, 2, "\r\n") == 0) start += 2;
  buffer_.erase(0, start);
  searched_ -= std::min(searched_, start);
  const size_t end =
      buffer_.find(kEndOfHead, searched_ - std::min(searched_, kEndOfHead.size() - 1));
  searched_ = buffer_.size();
  // Of a head whose end has not come yet one byte more is sure to follow: so the same heads are too
  // long, however the stream is split.
  const size_t head_bytes = end == std::string::npos ? buffer_.size() + 1 : end + kEndOfHead.size();
  if (head_bytes > max_head_bytes_) {
    return Error(absl::StatusCode::kResourceExhausted, "the head of the request is over {} bytes",
                 max_head_bytes_);
  }
  if (end == std::string::npos) return std::nullopt;
  ASSIGN_OR_RETURN(RequestHead head, ParseHead(std::string_view(buffer_).substr(0, end)));
  buffer_.erase(0, end + kEndOfHead.size());
  searched_ = 0;
  return head;
}

StatusOr<std::vector<std::pair<std::string, std::string>>> ParseQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    std::string one(TakeUntil(&query, "&"));
    if (one.empty()) continue;
    std::replace(one.begin(), one.end(), '+', ' ');
    std::string_view value = one;
    const std::string_view name = TakeUntil(&value, "=");
    ASSIGN_OR_RETURN(std::string plain_name, UndoEscapes(name));
    ASSIGN_OR_RETURN(std::string plain_value, UndoEscapes(value));
    parameters.emplace_back(std::move(plain_name), std::move(plain_value));
  }
  return parameters;
}

}  // namespace twinwatch::http_server
