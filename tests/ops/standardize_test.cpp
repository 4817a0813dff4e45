#include <backflow/ops/standardize.h>

#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

struct StandardizeReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y = in[0];
    const std::size_t length = y.data.size() / static_cast<std::size_t>(y.shape[0]);
    const double share = 1 / static_cast<double>(length);
    for (std::size_t n = 0; n < y.data.size(); n += length) {
      T mean = 0, variance = 0;
      for (std::size_t i = 0; i < length; ++i) mean += share * y.data[n + i];
      for (std::size_t i = 0; i < length; ++i) variance += share * (y.data[n + i] - mean) * (y.data[n + i] - mean);
      for (std::size_t i = 0; i < length; ++i) y.data[n + i] = (y.data[n + i] - mean) / std::sqrt(variance + 1e-10);
    }
    return y;
  }
};

proof::Builder standardize_builder() {
  return [](Graph&, const std::vector<Value>& v) { return standardize(v[0]); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(standardize_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove("standardize", {{{3, 17}}}, standardize_builder(), StandardizeReference(), {.reduction = 17});
  proof::prove("standardize far from 0", {{{2, 3, 4, 5}, false, true, 7, 3}}, standardize_builder(),
               StandardizeReference(), {.reduction = 60});
}

BOOST_AUTO_TEST_CASE(makes_zeros_of_a_constant) {
  proof::prove("constant", {{{1, 4}, false, false, 0, 1, {2, 2, 2, 2}}}, standardize_builder(), StandardizeReference());
}

BOOST_AUTO_TEST_CASE(treats_each_sample_alone) {
  proof::check_samples_alone("standardize", {{{1, 3, 90, 80}}}, standardize_builder(), 6);
}

BOOST_AUTO_TEST_CASE(needs_a_positive_epsilon) {
  Graph g;
  CHECK_FAILS(standardize(g.input("x", {{2, 3}}), 0), "epsilon needs to be above 0, got 0");
}

BOOST_AUTO_TEST_SUITE_END()
