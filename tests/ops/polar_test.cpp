#include <backflow/ops/polar.h>

#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

struct PolarReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto &phase = in[0], &r = in[1];
    const auto& s = phase.shape;
    Array<T> y({s[0], s[1], 2 * s[2], s[3]});
    for (std::int64_t n = 0; n < s[0]; ++n)
      for (std::int64_t c = 0; c < s[1]; ++c)
        for (std::int64_t h = 0; h < s[2]; ++h)
          for (std::int64_t v = 0; v < s[3]; ++v) {
            y(n, c, h, v) = r(h, v) * std::cos(phase(n, c, h, v));
            y(n, c, s[2] + h, v) = r(h, v) * std::sin(phase(n, c, h, v));
          }
    return y;
  }
};

proof::Builder polar_builder() {
  return [](Graph&, const std::vector<Value>& v) { return polar(v[0], v[1]); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(polar_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const Shape& s : {Shape{1, 1, 1, 1}, {1, 3, 4, 3}, {2, 2, 3, 5}})
    proof::prove("polar " + to_string(s), {{s, false, true, 0, 4}, {{s[2], s[3]}, false, false}}, polar_builder(),
                 PolarReference());
}

BOOST_AUTO_TEST_CASE(treats_each_sample_alone) {
  proof::check_samples_alone("polar", {{{1, 3, 40, 30}}, {{40, 30}, false, false}}, polar_builder(), 5, {1});
}

BOOST_AUTO_TEST_CASE(says_which_shapes_it_wanted) {
  Graph g;
  CHECK_FAILS(polar(g.input("p", {{1, 3, 4, 5}}), g.input("r", {{5, 4}})), "magnitudes need shape [4, 5], got [5, 4]");
}

BOOST_AUTO_TEST_SUITE_END()
