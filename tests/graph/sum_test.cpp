#include <backflow/graph/sum.h>

#include "tests/support/narrow.h"
#include "tests/support/preconditions.h"
#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

struct SumReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y = in[0];
    for (std::size_t k = 1; k < in.size(); ++k)
      for (std::size_t i = 0; i < y.data.size(); ++i) y.data[i] += in[k].data[i];
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sum_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  for (std::size_t addends : {1, 2, 5})
    for (const Shape& s : {Shape{1}, Shape{3, 7}, Shape{2, 3, 5, 7}})
      proof::prove(
          str_cat("sum of ", addends, " ", to_string(s)), std::vector<proof::Input>(addends, {s}),
          [](Graph&, const std::vector<Value>& v) { return sum(v); }, SumReference());
}

BOOST_AUTO_TEST_CASE(has_the_same_bits_for_any_number_of_threads_when_it_is_cut) {
  proof::prove(
      "sum in tiles", std::vector<proof::Input>(3, {{300, 401}, false, false}),
      [](Graph&, const std::vector<Value>& v) { return sum(v); }, SumReference());
}

BOOST_AUTO_TEST_CASE(adds_from_left_to_right) {
  Graph g;
  g.output("y", sum({g.input("a", {{1}}), g.input("b", {{1}}), g.input("c", {{1}})}));
  BOOST_TEST(outputs_of(g, {{"a", {1e8F}}, {"b", {-1e8F}}, {"c", {1}}})["y"][0] == 1);
  BOOST_TEST(outputs_of(g, {{"a", {1e8F}}, {"b", {1}}, {"c", {-1e8F}}})["y"][0] == 0);
}

BOOST_AUTO_TEST_CASE(needs_values_of_one_shape_and_type) {
  Graph g;
  const Value x = g.input("x", {{2}});
  CHECK_FAILS(sum({}), "[sum] needs at least one value");
  CHECK_FAILS(sum({Value{}}), "[sum] needs at least one value");
  CHECK_FAILS(sum({x, g.input("labels", {{2}, Type::s32})}), "[sum] values need one shape, got [2] and [2] s32");
}

BOOST_AUTO_TEST_CASE(of_bf16_is_rounded_once, *needs_bf16()) {
  narrowness::prove("sum", {{3, 700}, {3, 700}, {3, 700}}, [](Graph&, const auto& v) { return sum(v); });
}

BOOST_AUTO_TEST_SUITE_END()
