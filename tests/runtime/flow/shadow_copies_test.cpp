#include <backflow/runtime/flow/shadow_copies.h>

#include <cstring>

#include "tests/support/test.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(shadow_copies)

BOOST_AUTO_TEST_CASE(are_made_again_only_when_somebody_else_has_changed_a_store) {
  Store store;
  float parameter = 1, copy = 0;
  int made = 0;
  ShadowCopies m;
  m.changes(store);
  m.add(loop_kernel([&](const Buffers& b) { b.output()[0] = b.input()[0], ++made; }),
        reinterpret_cast<const std::byte*>(&parameter), reinterpret_cast<std::byte*>(&copy));
  for (int step = 0; step < 3; ++step) m.begin_step();
  BOOST_TEST(made == 1);
  BOOST_TEST(copy == 1);
  parameter = 2;
  store.assign("w", Tensor({1}, std::vector<float>{2}));
  m.begin_step();
  BOOST_TEST(copy == 2);
  ShadowCopies other;
  other.changes(store);
  other.begin_step();
  m.begin_step();
  m.begin_step();
  BOOST_TEST(made == 3);
}

BOOST_AUTO_TEST_SUITE_END()
