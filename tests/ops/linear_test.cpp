#include <backflow/ops/linear.h>

#include <backflow/ops/relu.h>
#include "tests/support/preconditions.h"
#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

struct LinearReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto &x = in[0], &w = in[1];
    Array<T> y({x.shape[0], w.shape[0]});
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (std::int64_t o = 0; o < w.shape[0]; ++o) {
        y(n, o) = in.size() > 2 ? in[2](o) : T(0);
        for (std::int64_t i = 0; i < x.shape[1]; ++i) y(n, o) += x(n, i) * w(o, i);
      }
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(linear_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  struct Sizes {
    std::int64_t n, in, out;
  };
  for (auto [n, in, out] : {Sizes{1, 1, 1}, {1, 7, 3}, {5, 3, 7}, {17, 13, 10}, {33, 20, 16}, {130, 9, 33}}) {
    const std::string name = str_cat("linear ", n, "x", in, "→", out);
    auto with_bias = [](Graph&, const std::vector<Value>& v) { return linear(v[0], v[1], v[2]); };
    proof::prove(name, {{{n, in}}, {{out, in}, true}, {{out}, true}}, with_bias, LinearReference(),
                 {.reduction = std::max(n, in)});
    auto without = [](Graph&, const std::vector<Value>& v) { return linear(v[0], v[1], Value{}); };
    proof::prove(name + " without bias", {{{n, in}}, {{out, in}, true}}, without, LinearReference(),
                 {.reduction = std::max(n, in), .linear_in = {0, 1}});
  }
}

BOOST_AUTO_TEST_CASE(few_rows_are_cut_by_large_weights_and_agree_with_the_reference) {
  const Shape w{7250, 128};
  proof::prove("linear of large weights", {{{2, 128}}, {w, true, false}, {{w[0]}, true, false}},
               [](Graph&, const auto& v) { return linear(v[0], v[1], v[2]); }, LinearReference(), {.reduction = w[0]});
  proof::prove(
      "one row and a relu", {{{1, 128}}, {w, true, false}},
      [](Graph&, const auto& v) { return relu(linear(v[0], v[1], Value{})); },
      [](const auto& in) {
        auto y = LinearReference()(in);
        for (auto& v : y.data)
          if (proof::real(v) < 0) v = 0;
        return y;
      },
      {.reduction = w[0]});
}

BOOST_AUTO_TEST_CASE(says_which_shape_it_wanted) {
  Graph g;
  Value x = g.input("x", {{4, 3}});
  CHECK_FAILS(linear(g.input("image", {{4, 1, 2, 2}}), {.out = 2}), "needs shape [N, in], got [4, 1, 2, 2]");
  CHECK_FAILS(linear(x, {.out = 0}), "needs out ≥ 1, got 0");
  CHECK_FAILS(linear(x, g.parameter("w", {{2, 5}}, zeros()), Value{}), "input has 3 features, weights [2, 5] expect 5");
}

BOOST_AUTO_TEST_CASE(of_numbers_of_bf16_is_as_exact_as_in_f32, *needs_bf16()) {
  struct Sizes {
    std::int64_t n, in, out;
  };
  for (auto [n, in, out] : {Sizes{1, 1, 1}, {1, 70, 3}, {5, 3, 7}, {33, 20, 16}, {70, 50, 10}})
    for (const bool frozen : {false, true})
      proof::prove(str_cat("linear in bf16 ", n, "x", in, "→", out), {{{n, in}}, {{out, in}, true}, {{out}, true}},
                   [](Graph&, const auto& v) { return linear(v[0], v[1], v[2]); }, LinearReference(),
                   {.reduction = std::max(n, in), .frozen = frozen, .bf16 = true});
}

BOOST_AUTO_TEST_SUITE_END()
