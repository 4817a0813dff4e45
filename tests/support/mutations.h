// A parser gets damaged copies of a valid file.
#pragma once

#include <functional>
#include <string>

#include <backflow/graph/error.h>
#include "tests/support/damaged.h"
#include "tests/support/test.h"

namespace backflow {

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
