#include <backflow/ops/cosine.h>

#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

struct CosineReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y({in[0].shape[0]});
    const std::size_t length = in[0].data.size() / y.data.size();
    for (std::size_t n = 0; n < y.data.size(); ++n) {
      T aa = 0, bb = 0, ab = 0;
      for (std::size_t i = n * length; i < (n + 1) * length; ++i) {
        aa += in[0].data[i] * in[0].data[i];
        bb += in[1].data[i] * in[1].data[i];
        ab += in[0].data[i] * in[1].data[i];
      }
      y.data[n] = ab / (std::sqrt(aa * bb) + 1e-12);
    }
    return y;
  }
};

const proof::Builder kCosine = [](Graph&, const std::vector<Value>& v) { return cosine(v[0], v[1]); };

}  // namespace

BOOST_AUTO_TEST_SUITE(cosine_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_both_gradients) {
  for (const Shape& x : {Shape{1, 2}, {3, 5}, {2, 3, 4, 5}, {5, 37}})
    proof::prove("cosine " + to_string(x), {{x}, {x}}, kCosine, CosineReference(), {.reduction = 60});
}

BOOST_AUTO_TEST_CASE(of_zero_is_zero) {
  std::vector<double> cotangent;
  const std::vector<proof::Input> inputs{{{1, 3}, false, true, 0, 0}, {{1, 3}}};
  const auto r = proof::detail::run(inputs, proof::detail::make_values(inputs, {}), kCosine, cotangent, 1);
  BOOST_CHECK_EQUAL(r.y[0], 0);
  for (float d : r.gradients[1]) BOOST_CHECK_EQUAL(d, 0);
}

BOOST_AUTO_TEST_CASE(treats_each_sample_alone) {
  proof::check_samples_alone("cosine", {{{1, 3, 90, 80}}, {{1, 3, 90, 80}}}, kCosine, 6);
}

BOOST_AUTO_TEST_CASE(needs_one_shape) {
  Graph g;
  CHECK_FAILS(cosine(g.input("x", {{2, 3}}), g.input("y", {{3, 2}})), "need one shape [N, …], got [2, 3] and [3, 2]");
}

BOOST_AUTO_TEST_SUITE_END()
