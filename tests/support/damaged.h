// Damaged copies of bytes, the same ones each time.
#pragma once

#include <random>
#include <string>

namespace backflow {

/// `bytes` damaged in one of several ways, chosen by `number`: cut, a bit, a byte, a digit, a piece doubled or removed.
inline std::string damaged(std::string bytes, unsigned number) {
  std::mt19937 engine(number);
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : engine() % n; };
  for (std::size_t times = 1 + below(3); times > 0; --times) {
    if (bytes.empty()) break;
    const std::size_t at = below(bytes.size()), length = below(9);
    switch (below(7)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 2:
        bytes[at] = static_cast<char>(engine());
        break;
      case 3:
        if (const auto digit = bytes.find_first_of("0123456789", at); digit != std::string::npos)
          bytes.replace(digit, 1, std::to_string(below(2) ? engine() : below(10)));
        break;
      case 4:
        bytes.insert(at, bytes.substr(at, length));
        break;
      case 5:
        bytes.erase(at, length);
        break;
      case 6:
        bytes.replace(at, length, std::string(length, below(2) ? '\0' : '\xff'));
        break;
    }
  }
  return bytes;
}

}  // namespace backflow
