#include <backflow/ops/average_pool2d.h>

#include "tests/support/narrow.h"
#include "tests/support/preconditions.h"
#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

struct AveragePoolReference {
  Shape y;
  Pair kernel, stride;
  Padding padding;
  bool include;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto& x = in[0];
    Array<T> result(y);
    for (std::int64_t n = 0; n < y[0]; ++n)
      for (std::int64_t c = 0; c < y[1]; ++c)
        for (std::int64_t i = 0; i < y[2]; ++i)
          for (std::int64_t j = 0; j < y[3]; ++j) {
            T total = 0;
            int inside = 0;
            for (std::int64_t k = 0; k < kernel.h * kernel.w; ++k) {
              const std::int64_t row = i * stride.h - padding.top + k / kernel.w;
              const std::int64_t column = j * stride.w - padding.left + k % kernel.w;
              if (row < 0 || column < 0 || row >= x.shape[2] || column >= x.shape[3]) continue;
              total += x(n, c, row, column);
              ++inside;
            }
            result(n, c, i, j) = total / (include ? static_cast<double>(kernel.h * kernel.w) : inside);
          }
    return result;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(average_pool2d_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  struct Case {
    Shape x;
    AveragePool2dOptions o;
  };
  const Case cases[] = {{{1, 1, 2, 2}, {}},
                        {{2, 3, 7, 5}, {}},
                        {{3, 16, 8, 8}, {.kernel = 2}},
                        {{1, 3, 7, 7}, {.kernel = 3, .stride = Pair(2), .padding = 1}},
                        {{1, 3, 7, 7}, {.kernel = 3, .stride = Pair(2), .padding = 1, .count_include_pad = false}},
                        {{1, 4, 6, 8}, {.kernel = 3, .stride = Pair(2), .ceil_mode = true}},
                        {{70, 3, 6, 6}, {}}};
  for (const Case& c : cases) {
    Graph g;
    const Shape y = average_pool2d(g.input("x", {c.x}), c.o).shape();
    const bool include = c.o.count_include_pad && !c.o.ceil_mode;
    proof::prove(str_cat("average_pool2d ", to_string(c.x)), {{c.x}},
                 [&](Graph&, const auto& v) { return average_pool2d(v[0], c.o); },
                 AveragePoolReference{y, c.o.kernel, c.o.stride.value_or(c.o.kernel), c.o.padding, include},
                 {.linear_in = {0}});
  }
}

BOOST_AUTO_TEST_CASE(of_everything_is_the_mean_of_each_channel) {
  for (const Shape& x : {Shape{1, 1, 1, 1}, Shape{2, 5, 3, 4}, Shape{3, 16, 13, 13}})
    proof::prove(str_cat("global_average_pool2d ", to_string(x)), {{x}},
                 [](Graph&, const auto& v) { return global_average_pool2d(v[0]); },
                 AveragePoolReference{{x[0], x[1], 1, 1}, Pair(x[2], x[3]), 1, 0, true}, {.linear_in = {0}});
}

BOOST_AUTO_TEST_CASE(says_what_does_not_fit) {
  Graph g;
  CHECK_FAILS(average_pool2d(g.input("x", {{2, 3, 4, 4}}), {.kernel = 5}), "a window of 5×5 does not fit into 4×4");
  CHECK_FAILS(global_average_pool2d(g.input("flat", {{2, 3}})), "needs shape [N, C, H, W]");
}

BOOST_AUTO_TEST_CASE(computes_with_bf16, *needs_bf16()) {
  narrowness::prove(
      "average_pool2d", {{2, 20, 8, 6}}, [](Graph&, const auto& v) { return average_pool2d(v[0]); }, 0x1p-8);
}

BOOST_AUTO_TEST_SUITE_END()
