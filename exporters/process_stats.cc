#include "exporters/process_stats.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace twinwatch {
namespace {

// Seconds since the epoch at which the machine was started.
std::optional<double> BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double value = 0;
    if (word == "btime" && file >> value) return value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ProcessStats> ReadProcessStats() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  // The second field is the program's name in brackets, which may hold spaces.
  const size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(name_end + 1));
  const std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
  constexpr size_t kUserTime = 11, kSystemTime = 12, kStartTime = 19, kResidentPages = 21;
  if (fields.size() <= kResidentPages) return std::nullopt;
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  ProcessStats stats;
  stats.cpu_seconds =
      (std::stod(fields[kUserTime]) + std::stod(fields[kSystemTime])) / ticks_per_second;
  stats.resident_bytes =
      std::stod(fields[kResidentPages]) * static_cast<double>(sysconf(_SC_PAGESIZE));
  stats.start_time_seconds =
      BootTime().value_or(0) + std::stod(fields[kStartTime]) / ticks_per_second;
  std::error_code error;
  const std::filesystem::directory_iterator fds("/proc/self/fd", error);
  if (!error) stats.open_fds = static_cast<double>(std::distance(begin(fds), end(fds)));
  return stats;
}

}  // namespace twinwatch
