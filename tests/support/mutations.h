// Damaged copies of a valid file, the same ones each time.
#pragma once

#include <functional>
#include <random>
#include <string>

#include <backflow/graph/error.h>
#include "tests/support/test.h"

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

/// `read` gets `count` damaged copies; each must be read or refused with an Error of one short sentence.
inline void survives_damage(const std::string& bytes, unsigned count, const std::function<void(std::string)>& read) {
  unsigned refused = 0;
  for (unsigned i = 0; i < count; ++i) {
    try {
      read(i < bytes.size() ? bytes.substr(0, i) : damaged(bytes, i));
    } catch (const Error& e) {
      const std::string what = e.what();
      ++refused;
      if (what.size() > 600 || what.find('\n') != std::string::npos) BOOST_ERROR("not one short sentence: " << what);
    } catch (const std::exception& e) {
      BOOST_ERROR("damage " << i << " ends in " << e.what());
    }
  }
  BOOST_TEST_MESSAGE(refused << " of " << count << " damaged files refused");
  BOOST_TEST(refused > count / 2);
}

}  // namespace backflow
