#include <backflow/ops/max_pool2d.h>

#include <cmath>
#include <limits>

#include <backflow/graph/sum.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/scale.h>
#include "tests/support/graphs.h"
#include "tests/support/narrow.h"
#include "tests/support/preconditions.h"
#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

struct MaxPoolReference {
  Shape y;
  Pair kernel, stride;
  Padding padding;
  Pair dilation = 1;

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
              const std::int64_t row = i * stride.h - padding.top + k / kernel.w * dilation.h;
              const std::int64_t column = j * stride.w - padding.left + k % kernel.w * dilation.w;
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
        str_cat("max_pool2d ", to_string(c.x)), {{c.x}}, [&](Graph&, const auto& v) { return max_pool2d(v[0], c.o); },
        MaxPoolReference{shape_of(c.x, c.o), c.o.kernel, c.o.stride.value_or(c.o.kernel), c.o.padding});
}

BOOST_AUTO_TEST_CASE(any_number_of_channels_goes_through_the_vector_loops) {
  const MaxPool2dOptions o{.kernel = 3, .stride = Pair(2), .padding = 1};
  for (const std::int64_t channels : {31, 32, 33, 64, 103}) {
    const Shape x{2, channels, 7, 6};
    proof::prove(
        str_cat("max_pool2d ", to_string(x)), {{x}}, [&](Graph&, const auto& v) { return max_pool2d(v[0], o); },
        MaxPoolReference{shape_of(x, o), o.kernel, *o.stride, o.padding});
  }
}

BOOST_AUTO_TEST_CASE(has_pixels_apart_and_any_padding) {
  struct Case {
    Shape x;
    MaxPool2dOptions o;
  };
  const Case cases[] = {
      {{2, 3, 8, 9}, {.kernel = 3, .stride = Pair(1), .dilation = 2}},
      {{1, 3, 8, 9}, {.kernel = {2, 3}, .stride = Pair(2), .padding = 1, .dilation = {3, 2}}},
      {{1, 2, 8, 9}, {.kernel = 2, .stride = Pair(3), .padding = 1, .ceil_mode = true, .dilation = 2}},
      {{1, 3, 5, 5}, {.kernel = 3, .stride = Pair(1), .padding = 2}},
      {{1, 3, 5, 5}, {.kernel = {3, 2}, .stride = Pair(2), .padding = {2, 0, 1, 1}}}};
  for (const Case& c : cases)
    proof::prove(
        str_cat("max_pool2d ", to_string(c.x)), {{c.x}}, [&](Graph&, const auto& v) { return max_pool2d(v[0], c.o); },
        MaxPoolReference{shape_of(c.x, c.o), c.o.kernel, *c.o.stride, c.o.padding, c.o.dilation});
}

BOOST_AUTO_TEST_CASE(of_a_window_without_pixels_is_minus_infinity) {
  Graph g;
  const Value x = g.input("x", {{1, 1, 2, 2}});
  const Value y = max_pool2d(x, {.kernel = 1, .padding = {1, 0, 0, 0}});
  g.output("y", y);
  g.output("dx", gradient(y, x));
  const auto result = outputs_of(g, {{"x", {1, 2, 3, 4}}});
  const float lowest = -std::numeric_limits<float>::infinity();
  BOOST_CHECK((result.at("y") == std::vector<float>{lowest, lowest, 1, 2, 3, 4}));
  BOOST_CHECK((result.at("dx") == std::vector<float>{1, 1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(one_image_is_cut_into_tiles_of_rows) {
  for (const MaxPool2dOptions& o :
       {MaxPool2dOptions{.kernel = 3, .stride = Pair(2), .padding = 1}, MaxPool2dOptions{.kernel = 2},
        MaxPool2dOptions{.kernel = 3, .stride = Pair(2), .ceil_mode = true}}) {
    const Shape x{1, 64, 62, 60};
    const auto run = [&](std::int64_t samples, int threads) {
      Graph g;
      Shape s = x;
      s[0] = samples;
      const Value in = g.input("x", {s}), y = max_pool2d(in, o), dy = g.input("dy", y.spec());
      g.output("y", y);
      g.output("dx", gradient({y}, {in}, {dy})[0]);
      const Plan plan = compile(g, {});
      for (const PlanNode& n : plan.nodes)
        if (n.op->kind().starts_with("max_pool2d")) BOOST_CHECK_EQUAL(n.tiling.out[0].axis, samples == 1 ? 2 : 0);
      BOOST_CHECK(memory_proof::violations(plan).empty());
      auto a = proof::detail::random_cotangent(x), b = proof::detail::random_cotangent(y.shape());
      a.resize(elements(s), 0.0);
      b.resize(elements(y.shape()), 0.0);
      auto result = outputs_of(g, {{"x", {a.begin(), a.end()}}, {"dy", {b.begin(), b.end()}}}, threads);
      for (auto& [name, values] : result) values.resize(values.size() / samples);
      return result;
    };
    const auto whole = run(2, 1);  // is cut by images
    for (const int threads : {1, 2, 4, 8}) BOOST_CHECK(run(1, threads) == whole);
  }
}

BOOST_AUTO_TEST_CASE(a_window_of_many_pixels_keeps_wide_places) {
  const Shape x{1, 2, 20, 20};
  const MaxPool2dOptions o{.kernel = 16, .stride = Pair(4)};
  Graph g;
  BOOST_CHECK(g.node(max_pool2d(g.input("x", {x}), o)).out[1].type == Type::s32);
  proof::prove(
      "max_pool2d 16×16", {{x}}, [&](Graph&, const auto& v) { return max_pool2d(v[0], o); },
      MaxPoolReference{shape_of(x, o), o.kernel, *o.stride, o.padding});
}

BOOST_AUTO_TEST_CASE(after_a_relu_its_gradient_is_part_of_the_pools) {
  const Shape x{2, 35, 8, 8};
  const MaxPool2dOptions o{.kernel = 3, .stride = Pair(2)};
  const MaxPoolReference pool{shape_of(x, o), o.kernel, *o.stride, o.padding};
  const auto reference = [&](auto in) {
    for (auto& v : in[0].data)
      if (proof::real(v) < 0) v = 0;
    return pool(in);
  };
  const auto build = [&](Graph&, const auto& v) { return max_pool2d(relu(v[0]), o); };
  proof::prove("relu and max_pool2d", {{x, false, true, -1}}, build, reference);  // many windows have no positive pixel
  Graph g;
  const Value in = g.input("x", {x});
  g.output("d", gradient(build(g, std::vector{in}), in));
  BOOST_CHECK_EQUAL(graphs::names(fuse(prune(g))), "relu max_pool2d max_pool2d.max_pool2d_gradient+relu_gradient");
}

BOOST_AUTO_TEST_CASE(the_gradient_by_a_relus_output_is_not_that_by_its_input) {
  const Shape x{1, 3, 4, 4};
  Graph g;
  const Value in = g.input("x", {x}), h = relu(in), y = max_pool2d(h);
  g.output("dh", gradient(y, h));
  std::vector<float> values(elements(x), -1.0F);  // each window's first pixel is its largest, though zero
  const auto dh = outputs_of(g, {{"x", values}}).at("dh");
  BOOST_CHECK_EQUAL(std::count(dh.begin(), dh.end(), 1.0F), 12);
}

BOOST_AUTO_TEST_CASE(a_relu_with_other_readers_keeps_its_gradient) {
  const Shape x{2, 3, 4, 4};
  const MaxPool2dOptions o{.kernel = 2};
  const auto build = [&](Graph&, const auto& v) {
    const Value h = relu(v[0]);
    return sum({max_pool2d(h, o), max_pool2d(scale(h, 2), o)});
  };
  const MaxPoolReference pool{shape_of(x, o), o.kernel, o.kernel, o.padding};
  const auto reference = [&](auto in) {
    for (auto& v : in[0].data)
      if (proof::real(v) < 0) v = 0;
    auto y = pool(in);
    for (auto& v : y.data) v *= 3;
    return y;
  };
  proof::prove("relu and two pools", {{x, false, true, -0.5}}, build, reference);
}

BOOST_AUTO_TEST_CASE(has_the_shapes_of_pytorch_in_ceil_mode) {
  BOOST_CHECK((shape_of({1, 1, 6, 6}, {.kernel = 3, .stride = Pair(2), .ceil_mode = true}) == Shape{1, 1, 3, 3}));
  BOOST_CHECK((shape_of({1, 1, 5, 5}, {.kernel = 2, .stride = Pair(3), .padding = 1, .ceil_mode = true}) ==
               Shape{1, 1, 2, 2}));  // a third window would begin in the padding after the image
  BOOST_CHECK((shape_of({1, 1, 6, 6}, {.kernel = 3, .stride = Pair(2)}) == Shape{1, 1, 2, 2}));
}

BOOST_AUTO_TEST_CASE(a_nan_is_the_largest_as_in_pytorch) {
  for (const std::int64_t channels : {1, 16, 35}) {
    const Shape x{1, channels, 9, 8};
    Graph g;
    const Value in = g.input("x", {x}), y = max_pool2d(in, {.kernel = 3, .stride = Pair(3, 2)});
    g.output("y", y);
    g.output("dx", gradient({y}, {in}, {g.constant("dy", y.spec(), filled(1))})[0]);
    Tensor values(Spec{x});
    for (std::size_t i = 0; i < values.as().size(); ++i)  // windows with one, two and none, at all places
      values.as()[i] = i % 7 == 3 || i % 11 == 2 ? (i % 2 ? NAN : -NAN) : static_cast<float>(i * 37 % 64);
    std::vector<float> expected, dx(values.as().size());
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t i = 0; i < 3; ++i)
        for (std::int64_t j = 0; j < 3; ++j) {
          const std::int64_t first = (c * 9 + 3 * i) * 8 + 2 * j;
          std::int64_t best = first;
          for (std::int64_t k = 1; k < 9; ++k) {
            const std::int64_t at = first + k / 3 * 8 + k % 3;
            if (values.as()[at] > values.as()[best] || std::isnan(values.as()[at])) best = at;
          }
          expected.push_back(values.as()[best]);
          dx[best] += 1;
        }
    const auto same = [&](const auto& got) {
      BOOST_TEST(got.size() == expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i)
        BOOST_TEST((std::isnan(expected[i]) ? std::isnan(got[i]) : got[i] == expected[i]), channels << ", " << i);
    };
    const auto out = outputs_of(g, {{"x", {values.as().begin(), values.as().end()}}});
    same(out.at("y"));
    BOOST_CHECK(out.at("dx") == dx);
    std::vector<Tensor> halves;
    halves.push_back(narrowness::narrowed(values));
    const auto narrow = narrowness::run(*g.node(y).op, halves, {{y.shape(), Type::bf16}, {y.shape(), Type::u8}});
    same(narrowness::widened(narrow[0]).as());
  }
}

BOOST_AUTO_TEST_CASE(says_what_does_not_fit) {
  Graph g;
  const Value x = g.input("x", {{2, 3, 4, 4}});
  CHECK_FAILS(max_pool2d(x, {.kernel = 5}), "a window of 5×5 does not fit into 4×4 pixels");
  CHECK_FAILS(max_pool2d(x, {.kernel = 2, .padding = -1}), "[max_pool2d] padding needs to be ≥ 0");
  CHECK_FAILS(max_pool2d(x, {.kernel = 3, .dilation = 2}), "a window of 3×3 does not fit into 4×4 pixels");
  CHECK_FAILS(max_pool2d(g.input("flat", {{2, 3}})), "needs shape [N, C, H, W]");
}

BOOST_AUTO_TEST_CASE(computes_with_bf16, *needs_bf16()) {
  for (const std::int64_t channels : {3, 40, 100}) {
    const Shape x{2, channels, 9, 8};
    narrowness::prove("max_pool2d", {x},
                      [](Graph&, const auto& v) { return max_pool2d(v[0], {.kernel = 3, .stride = 2, .padding = 1}); });
    narrowness::prove("max_pool2d of a relu", {x}, [](Graph&, const auto& v) { return max_pool2d(relu(v[0])); });
  }
}

BOOST_AUTO_TEST_SUITE_END()
