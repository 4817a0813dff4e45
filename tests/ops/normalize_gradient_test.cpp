#include <backflow/ops/normalize_gradient.h>

#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

struct NormalizeReference {
  NormalizeGradientOptions o;

  Array<double> operator()(const std::vector<Array<double>>& in) const {
    Array<double> y = in[0];
    const std::size_t length = y.data.size() / static_cast<std::size_t>(y.shape[0]);
    for (std::size_t n = 0; n < y.data.size(); n += length) {
      double sum = 0, squares = 0;
      for (std::size_t i = 0; i < length; ++i) sum += std::abs(y.data[n + i]);
      for (std::size_t i = 0; i < length; ++i) squares += y.data[n + i] * y.data[n + i];
      double factor = 1;
      const auto count = static_cast<double>(length);
      if (o.by == NormalizeBy::rms && squares > 0) factor = 1 / std::sqrt(squares / count);
      if (o.by == NormalizeBy::mean_abs && sum > 0) factor = count / sum;
      if (o.by == NormalizeBy::norm && std::sqrt(squares) > o.limit) factor = o.limit / std::sqrt(squares);
      for (std::size_t i = 0; i < length; ++i) y.data[n + i] *= factor;
    }
    return y;
  }
  Array<std::complex<double>> operator()(const std::vector<Array<std::complex<double>>>&) const {
    return {};  // never asked for: the op has no gradient
  }
};

proof::Builder normalize_gradient_builder(const NormalizeGradientOptions& o) {
  return [o](Graph&, const std::vector<Value>& v) { return normalize_gradient(v[0], o); };
}

void check(const std::string& name, const Shape& shape, double stddev) {
  for (auto by : {NormalizeBy::rms, NormalizeBy::mean_abs, NormalizeBy::norm})
    for (float limit : {.5F, 1e9F})
      proof::prove(name, {{shape, false, false, 0, stddev}}, normalize_gradient_builder({by, limit}),
                   NormalizeReference{{by, limit, ""}}, {.reduction = 60});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(normalize_gradient_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference) {
  check("one sample", {1, 37}, 1);
  check("images", {3, 3, 4, 5}, 2);
}

BOOST_AUTO_TEST_CASE(does_not_mind_gradients_that_are_zero_tiny_or_huge) {
  check("zero", {2, 5}, 0);
  check("tiny", {2, 50}, 1e-25);
  check("huge", {2, 50}, 1e25);
}

BOOST_AUTO_TEST_CASE(treats_each_sample_alone) {
  proof::check_samples_alone("normalize_gradient", {{{1, 3, 120, 90}, false, false}}, normalize_gradient_builder({}),
                             6);
}

BOOST_AUTO_TEST_CASE(needs_a_positive_limit) {
  Graph g;
  CHECK_FAILS(normalize_gradient(g.input("x", {{2, 3}}), {NormalizeBy::norm, 0}), "limit needs to be above 0, got 0");
}

BOOST_AUTO_TEST_SUITE_END()
