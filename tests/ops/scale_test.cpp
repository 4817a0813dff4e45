#include <backflow/ops/scale.h>

#include "tests/support/proof.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(scale_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const Shape& s : {Shape{1}, Shape{3, 5}, Shape{2, 3, 5, 7}})
    for (double factor : {-1.0, 0.0, 2.5})
      proof::prove(
          str_cat("scale ", to_string(s), " by ", factor), {{s}},
          [&](Graph&, const auto& v) { return scale(v[0], static_cast<float>(factor)); },
          [&](const auto& in) {
            auto y = in[0];
            for (auto& v : y.data) v *= factor;
            return y;
          },
          {.linear_in = {0}});
}

BOOST_AUTO_TEST_CASE(needs_an_f32_value) {
  Graph g;
  CHECK_FAILS(scale(g.input("t", {{4}, Type::s32}), 2), "[scale] needs an f32 value, got [4] s32");
}

BOOST_AUTO_TEST_SUITE_END()
