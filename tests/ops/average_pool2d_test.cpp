#include <backflow/ops/average_pool2d.h>

#include <numeric>

#include "tests/support/narrow.h"
#include "tests/support/preconditions.h"
#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

struct AveragePoolReference {
  Shape y;
  Pair kernel, stride;
  Padding padding;
  bool include;
  Pair dilation = 1;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto& x = in[0];
    Array<T> result(y);
    for (std::int64_t n = 0; n < y[0]; ++n)
      for (std::int64_t c = 0; c < y[1]; ++c)
        for (std::int64_t i = 0; i < y[2]; ++i)
          for (std::int64_t j = 0; j < y[3]; ++j) {
            T total = 0;
            int counted = 0;
            for (std::int64_t k = 0; k < kernel.h * kernel.w; ++k) {
              const std::int64_t row = i * stride.h - padding.top + k / kernel.w * dilation.h;
              const std::int64_t column = j * stride.w - padding.left + k % kernel.w * dilation.w;
              const bool inside = row >= 0 && column >= 0 && row < x.shape[2] && column < x.shape[3];
              const bool padded = row < x.shape[2] + padding.bottom && column < x.shape[3] + padding.right;
              if (inside || (include && padded)) ++counted;
              if (inside) total += x(n, c, row, column);
            }
            result(n, c, i, j) = total / static_cast<double>(counted);
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
  const Case cases[] = {
      {{1, 1, 2, 2}, {}},
      {{2, 3, 7, 5}, {}},
      {{3, 16, 8, 8}, {.kernel = 2}},
      {{1, 3, 7, 7}, {.kernel = 3, .stride = Pair(2), .padding = 1}},
      {{1, 3, 7, 7}, {.kernel = 3, .stride = Pair(2), .padding = 1, .count_include_pad = false}},
      {{1, 4, 6, 8}, {.kernel = 3, .stride = Pair(2), .ceil_mode = true}},
      {{70, 3, 6, 6}, {}},
      // padding that counts, and windows that reach over it
      {{1, 2, 6, 6}, {.kernel = 3, .stride = Pair(2), .padding = 1, .ceil_mode = true}},
      {{2, 3, 5, 7}, {.kernel = 2, .stride = Pair(3), .padding = 1, .ceil_mode = true}},
      {{1, 3, 7, 5}, {.kernel = {3, 4}, .stride = Pair(2), .padding = {0, 1, 1, 2}, .ceil_mode = true}},
      {{1, 3, 6, 6}, {.kernel = 3, .stride = Pair(2), .padding = 1, .ceil_mode = true, .count_include_pad = false}},
      // more padding than half the kernel
      {{1, 3, 5, 5}, {.kernel = 3, .stride = Pair(1), .padding = 2}},
      {{1, 3, 5, 5}, {.kernel = 3, .stride = Pair(1), .padding = 2, .count_include_pad = false}},
      {{1, 3, 5, 5}, {.kernel = 2, .stride = Pair(1), .padding = {3, 0, 2, 4}}},
      {{1, 3, 5, 5}, {.kernel = 2, .stride = Pair(3), .padding = {3, 0, 2, 4}, .ceil_mode = true}},
      // dilation
      {{2, 3, 8, 9}, {.kernel = 3, .stride = Pair(1), .dilation = 2}},
      {{1, 3, 8, 9}, {.kernel = {2, 3}, .stride = Pair(2), .padding = 1, .dilation = {3, 2}}},
      {{1, 2, 8, 9}, {.kernel = 2, .stride = Pair(2), .padding = 1, .count_include_pad = false, .dilation = 3}},
      {{1, 2, 8, 9}, {.kernel = 2, .stride = Pair(3), .padding = 1, .ceil_mode = true, .dilation = 2}}};
  for (const Case& c : cases) {
    Graph g;
    const Shape y = average_pool2d(g.input("x", {c.x}), c.o).shape();
    proof::prove(str_cat("average_pool2d ", to_string(c.x)), {{c.x}},
                 [&](Graph&, const auto& v) { return average_pool2d(v[0], c.o); },
                 AveragePoolReference{y, c.o.kernel, c.o.stride.value_or(c.o.kernel), c.o.padding,
                                      c.o.count_include_pad, c.o.dilation},
                 {.linear_in = {0}});
  }
}

BOOST_AUTO_TEST_CASE(of_everything_is_the_mean_of_each_channel) {
  for (const Shape& x : {Shape{1, 1, 1, 1}, Shape{2, 5, 3, 4}, Shape{3, 16, 13, 13}})
    proof::prove(str_cat("global_average_pool2d ", to_string(x)), {{x}},
                 [](Graph&, const auto& v) { return global_average_pool2d(v[0]); },
                 AveragePoolReference{{x[0], x[1], 1, 1}, Pair(x[2], x[3]), 1, 0, true}, {.linear_in = {0}});
}

// By torch 1.13's avg_pool2d.
BOOST_AUTO_TEST_CASE(counts_padding_in_ceil_mode_as_pytorch_does) {
  Graph g;
  g.output("y", average_pool2d(g.input("x", {{1, 1, 6, 6}}),
                               {.kernel = 3, .stride = Pair(2), .padding = 1, .ceil_mode = true}));
  std::vector<float> x(36);
  std::iota(x.begin(), x.end(), 1.0F);
  const auto y = outputs_of(g, {{"x", x}}).at("y");
  const std::vector<float> last{10.5F, 16.5F, 17.5F, 9};
  BOOST_REQUIRE_EQUAL(y.size(), 16U);
  BOOST_CHECK_EQUAL_COLLECTIONS(y.begin() + 12, y.end(), last.begin(), last.end());
}

BOOST_AUTO_TEST_CASE(says_what_does_not_fit) {
  Graph g;
  const Value small = g.input("small", {{1, 1, 4, 4}});
  CHECK_FAILS(average_pool2d(small, {.kernel = 2, .padding = 2, .count_include_pad = false}),
              "[average_pool2d] padding needs to be less than the kernel");
  CHECK_FAILS(average_pool2d(small, {.kernel = 2, .padding = -1}), "padding needs to be ≥ 0");
  CHECK_FAILS(average_pool2d(small, {.kernel = 2, .padding = 3, .count_include_pad = false, .dilation = 2}),
              "a window has no pixel that counts");
  CHECK_FAILS(average_pool2d(small, {.dilation = 0}), "kernel, stride and dilation need to be ≥ 1");
  CHECK_FAILS(average_pool2d(g.input("x", {{2, 3, 4, 4}}), {.kernel = 5}), "a window of 5×5 does not fit into 4×4");
  CHECK_FAILS(global_average_pool2d(g.input("flat", {{2, 3}})), "needs shape [N, C, H, W]");
}

BOOST_AUTO_TEST_CASE(computes_with_bf16, *needs_bf16()) {
  narrowness::prove(
      "average_pool2d", {{2, 20, 8, 6}}, [](Graph&, const auto& v) { return average_pool2d(v[0]); }, 0x1p-8);
}

BOOST_AUTO_TEST_SUITE_END()
