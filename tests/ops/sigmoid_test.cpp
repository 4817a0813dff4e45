#include <backflow/ops/sigmoid.h>

#include <backflow/graph/gradient.h>
#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

struct SigmoidReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y = in[0];
    for (T& v : y.data) v = 1.0 / (1.0 + std::exp(-v));
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sigmoid_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const Shape& s : {Shape{1}, Shape{3, 5}, Shape{2, 3, 5, 7}})
    proof::prove(
        "sigmoid " + to_string(s), {{s, false, true, 0, 4}}, [](Graph&, const auto& v) { return sigmoid(v[0]); },
        SigmoidReference());
}

BOOST_AUTO_TEST_CASE(has_the_same_bits_for_any_number_of_threads_when_it_is_cut) {
  proof::prove(
      "sigmoid in tiles", {{{70, 3000}, false, false}}, [](Graph&, const auto& v) { return sigmoid(v[0]); },
      SigmoidReference());
}

BOOST_AUTO_TEST_CASE(saturates_where_one_plus_exp_rounds_to_one) {
  Graph g;
  const Value x = g.input("x", {{6}});
  const Value y = sigmoid(x);
  g.output("y", y);
  g.output("dx", gradient(y, x));
  auto out = outputs_of(g, {{"x", {16.6F, 16.7F, 200, -87.5F, -88, -200}}});
  BOOST_TEST(out["y"][0] < 1);
  BOOST_TEST(out["y"][1] == 1);
  BOOST_TEST(out["y"][2] == 1);
  BOOST_TEST(out["y"][5] == 0);
  BOOST_TEST(out["dx"] == (std::vector<float>{out["y"][0] * (1 - out["y"][0]), 0, 0, out["dx"][3], out["dx"][4], 0}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(keeps_denormal_results_for_a_logarithm) {
  Graph g;
  g.output("y", sigmoid(g.input("x", {{1}})));
  const float y = outputs_of(g, {{"x", {-88}}})["y"][0];
  BOOST_TEST(y == 1 / (1 + std::exp(88.0F)));
  BOOST_TEST(y > 0);
}

BOOST_AUTO_TEST_SUITE_END()
