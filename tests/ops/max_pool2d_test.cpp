#include "ops/max_pool2d.h"

#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

struct MaxPoolReference {
  Shape y;
  Pair kernel, stride;
  Padding padding;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto& x = in[0];
    Array<T> result(y);
    for (std::int64_t n = 0; n < y[0]; ++n)
      for (std::int64_t c = 0; c < y[1]; ++c)
        for (std::int64_t i = 0; i < y[2]; ++i)
          for (std::int64_t j = 0; j < y[3]; ++j) {
            const T* best = nullptr;
            for (std::int64_t k = 0; k < kernel.h * kernel.w; ++k) {
              const std::int64_t row = i * stride.h - padding.top + k / kernel.w;
              const std::int64_t column = j * stride.w - padding.left + k % kernel.w;
              if (row < 0 || column < 0 || row >= x.shape[2] || column >= x.shape[3]) continue;
              if (!best || proof::real(x(n, c, row, column)) > proof::real(*best)) best = &x(n, c, row, column);
            }
            result(n, c, i, j) = *best;
          }
    return result;
  }
};

Shape shape_of(const Shape& x, const MaxPool2dOptions& o) {
  Graph g;
  return max_pool2d(g.input("x", {x}), o).shape();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(max_pool2d_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  struct Case {
    Shape x;
    MaxPool2dOptions o;
  };
  const Case cases[] = {{{1, 1, 2, 2}, {}},
                        {{2, 3, 7, 5}, {}},
                        {{3, 16, 8, 8}, {.kernel = 2}},
                        {{2, 5, 9, 9}, {.kernel = 3, .stride = Pair(2)}},
                        {{1, 3, 7, 7}, {.kernel = 3, .stride = Pair(2), .padding = 1}},
                        {{1, 4, 6, 8}, {.kernel = 3, .stride = Pair(2), .ceil_mode = true}},
                        {{1, 2, 5, 5}, {.kernel = {2, 3}, .stride = Pair(1, 2), .padding = {1, 1, 0, 1}}},
                        {{70, 3, 6, 6}, {}}};
  for (const Case& c : cases)
    proof::prove(
        concat("max_pool2d ", to_string(c.x)), {{c.x}}, [&](Graph&, const auto& v) { return max_pool2d(v[0], c.o); },
        MaxPoolReference{shape_of(c.x, c.o), c.o.kernel, c.o.stride.value_or(c.o.kernel), c.o.padding});
}

BOOST_AUTO_TEST_CASE(has_the_shapes_of_pytorch_in_ceil_mode) {
  BOOST_CHECK((shape_of({1, 1, 6, 6}, {.kernel = 3, .stride = Pair(2), .ceil_mode = true}) == Shape{1, 1, 3, 3}));
  BOOST_CHECK((shape_of({1, 1, 5, 5}, {.kernel = 2, .stride = Pair(3), .padding = 1, .ceil_mode = true}) ==
               Shape{1, 1, 2, 2}));  // a third window would begin in the padding after the image
  BOOST_CHECK((shape_of({1, 1, 6, 6}, {.kernel = 3, .stride = Pair(2)}) == Shape{1, 1, 2, 2}));
}

BOOST_AUTO_TEST_CASE(says_what_does_not_fit) {
  Graph g;
  const Value x = g.input("x", {{2, 3, 4, 4}});
  CHECK_FAILS(max_pool2d(x, {.kernel = 5}), "a window of 5×5 does not fit into 4×4 pixels");
  CHECK_FAILS(max_pool2d(x, {.kernel = 2, .padding = 2}), "padding needs to be 0 … half the kernel");
  CHECK_FAILS(max_pool2d(g.input("flat", {{2, 3}})), "needs shape [N, C, H, W]");
}

BOOST_AUTO_TEST_SUITE_END()
