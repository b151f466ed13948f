// Named bytes from tests/golden/wire.txt. They come from real servers, not from our own encoder.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

namespace twinwatch::testing {

inline std::string FromHex(const std::string& hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return out;
}

inline std::string Golden(const std::string& name) {
  static const std::map<std::string, std::string> all = [] {
    std::map<std::string, std::string> loaded;
    std::ifstream file(GOLDEN_DIR "/wire.txt");
    for (std::string line; std::getline(file, line);) {
      if (line.empty() || line[0] == '#') continue;
      std::istringstream words(line);
      std::string key, hex;
      words >> key >> hex;
      loaded[key] = FromHex(hex);
    }
    return loaded;
  }();
  const auto it = all.find(name);
  if (it == all.end()) throw std::runtime_error("no golden bytes named " + name);
  return it->second;
}

}  // namespace twinwatch::testing
