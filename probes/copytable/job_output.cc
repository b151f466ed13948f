#include "probes/copytable/job_output.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>

#include <algorithm>

#include "agent/core/status.h"

namespace twinwatch::copytable {
namespace {

constexpr size_t kKeptErrors = 4;
constexpr size_t kKeptLines = 3;
constexpr size_t kKeptBytes = 300;

// What follows `mark` in `line`, or nothing.
std::optional<std::string_view> RestAfter(std::string_view line, std::string_view mark) {
  const size_t at = line.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  return line.substr(at + mark.size());
}

size_t Digits(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

// `<digits>_<digits>` at the beginning of `text`, of a length that such ids have.
std::string_view IdNumbers(std::string_view text) {
  const size_t first = Digits(text);
  if (first == 0 || first > 20 || first == text.size() || text[first] != '_') return {};
  const size_t second = Digits(text.substr(first + 1));
  if (second == 0 || second > 12) return {};
  return text.substr(0, first + 1 + second);
}

// `job_local1_0001` or `job_1_0001` at the beginning of `text`.
std::string_view JobId(std::string_view text) {
  size_t prefix = 0;
  if (text.starts_with("job_local")) {
    prefix = 9;
  } else if (text.starts_with("job_")) {
    prefix = 4;
  } else {
    return {};
  }
  const std::string_view numbers = IdNumbers(text.substr(prefix));
  return numbers.empty() ? std::string_view() : text.substr(0, prefix + numbers.size());
}

bool IsStack(std::string_view line) {
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(ToAbsl(line));
  return absl::StartsWith(text, "at ") || absl::StartsWith(text, "...");
}

bool IsError(std::string_view line) {
  for (const std::string_view mark :
       {" ERROR ", " FATAL ", "ERROR:", "Exception", "Error:", "Caused by:", "failed with state",
        "No such file", "not found", "Permission denied", "denied"}) {
    if (line.find(mark) != std::string_view::npos) return true;
  }
  return line.starts_with("sudo:");
}

// Printable, and no longer than a message should have it.
std::string Cut(std::string_view line) {
  std::string text(line.substr(0, kKeptBytes));
  if (line.size() > kKeptBytes) text += "...";
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  }
  absl::StripAsciiWhitespace(&text);
  return text;
}

void Push(std::string text, size_t most, std::deque<std::string>* kept) {
  kept->push_back(std::move(text));
  if (kept->size() > most) kept->pop_front();
}

std::optional<double> ShareOf(std::string_view line) {
  const std::optional<std::string_view> map = RestAfter(line, " map ");
  if (!map) return std::nullopt;
  const size_t digits = Digits(*map);
  uint32_t percent = 0;
  if (!absl::StartsWith(ToAbsl(map->substr(digits)), "% reduce ") ||
      !absl::SimpleAtoi(ToAbsl(map->substr(0, digits)), &percent) || percent > 100) {
    return std::nullopt;
  }
  return percent / 100.0;
}

}  // namespace

std::string FindApplicationId(std::string_view text) {
  constexpr std::string_view kPrefix = "application_";
  for (size_t at = text.find(kPrefix); at != std::string_view::npos;
       at = text.find(kPrefix, at + 1)) {
    const std::string_view numbers = IdNumbers(text.substr(at + kPrefix.size()));
    if (!numbers.empty()) return fmt::format("{}{}", kPrefix, numbers);
  }
  return "";
}

bool JobOutput::Take(std::string_view line) {
  const CopyProgress before = progress_;
  // Whose level is that of the line which names the job; others may have one of their own.
  if (line.find(" INFO") != std::string_view::npos &&
      line.find("JobSubmitter: ") != std::string_view::npos) {
    speaks_ = true;
  }
  // The first is printed before the job is handed over, the others after.
  for (const std::string_view mark : {"Submitting tokens for job: ", "Running job: "}) {
    if (const auto rest = RestAfter(line, mark)) Name(JobId(*rest));
  }
  if (const auto rest = RestAfter(line, "Submitted application ")) {
    const std::string id = FindApplicationId(*rest);
    if (!id.empty() && rest->starts_with(id)) Name("job_" + id.substr(id.find('_') + 1));
  }
  if (!job_.empty()) {
    if (const auto share = ShareOf(line)) progress_.share = std::max(progress_.share, *share);
    if (const auto rest = RestAfter(line, "Job " + job_)) {
      if (rest->starts_with(" completed successfully")) completed_ = true;
      if (rest->starts_with(" failed with state ")) failed_ = true;
    }
    // Before its end these are the local runner's, of single tasks.
    if (const absl::string_view text = absl::StripAsciiWhitespace(ToAbsl(line));
        over() && absl::StartsWith(text, "Map input records=")) {
      uint64_t rows = 0;
      if (absl::SimpleAtoi(text.substr(text.find('=') + 1), &rows)) rows_read_ = rows;
    }
  }
  if (completed_) progress_.share = 1;
  Keep(line);
  return progress_ != before;
}

void JobOutput::Name(std::string_view job) {
  if (job.empty() || !job_.empty()) return;
  job_ = job;
  local_ = job.starts_with("job_local");
  if (!local_) progress_.application_id = fmt::format("application_{}", job.substr(4));
}

void JobOutput::Keep(std::string_view line) {
  if (IsStack(line)) return;
  std::string text = Cut(line);
  if (text.empty()) return;
  if (IsError(line) && (errors_.empty() || errors_.back() != text)) {
    Push(text, kKeptErrors, &errors_);
  }
  Push(std::move(text), kKeptLines, &last_);
}

std::string JobOutput::LastWords() const {
  const std::deque<std::string>& words = errors_.empty() ? last_ : errors_;
  return words.empty() ? "it printed nothing" : fmt::format("{}", fmt::join(words, " / "));
}

}  // namespace twinwatch::copytable
