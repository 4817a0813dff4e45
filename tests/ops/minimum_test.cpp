#include <backflow/ops/minimum.h>

#include "tests/support/broadcast.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(minimum_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  proof::prove_elementwise("minimum", minimum, [](auto a, auto b) { return proof::real(a) < proof::real(b) ? a : b; });
}

BOOST_AUTO_TEST_CASE(shares_the_gradient_of_equal_elements_and_keeps_nan) {
  using proof::kInf, proof::kNan;
  proof::check_values("minimum", {proof::row({3, 2, kNan, 1, -kInf}), proof::row({1, 2, 1, kNan, 5})},
                      [](Graph&, const auto& v) { return minimum(v[0], v[1]); }, {1, 2, kNan, kNan, -kInf},
                      {{0, 0.5, 1, 1, 1}, {1, 0.5, 1, 1, 0}});
}

BOOST_AUTO_TEST_CASE(tells_the_smallest_numbers_apart) {
  proof::check_values("minimum", {proof::row({1e-40}), proof::row({2e-40})},
                      [](Graph&, const auto& v) { return minimum(v[0], v[1]); }, {static_cast<double>(1e-40F)});
}

BOOST_AUTO_TEST_CASE(its_gradient_can_be_differentiated_by_the_gradient_of_the_output) {
  proof::prove(
      "minimum twice", {{{3, 5}, false, false}, {{5}, false, false}, {{3, 5}}},
      [](Graph&, const auto& v) { return gradient({minimum(v[0], v[1])}, {v[0]}, {v[2]})[0]; },
      [](const auto& in) {
        auto d = in[2];
        for (std::size_t i = 0; i < d.data.size(); ++i)
          if (!(proof::real(in[0].data[i]) < proof::real(in[1].data[i % 5]))) d.data[i] = 0;
        return d;
      },
      {.linear_in = {2}});
}

BOOST_AUTO_TEST_SUITE_END()
