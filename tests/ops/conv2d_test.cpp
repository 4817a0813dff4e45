#include <backflow/ops/conv2d.h>

#include <backflow/ops/relu.h>
#include "tests/support/convolution.h"
#include "tests/support/preconditions.h"

using namespace backflow;
using proof::ConvReference;

namespace {

struct Case {
  Shape x;  // [N, C, H, W]
  Conv2dOptions o;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(conv2d_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  const Case cases[] = {
      {{1, 1, 1, 1}, {.out = 1}},
      {{2, 3, 5, 7}, {.out = 4, .kernel = 3, .padding = 1}},
      {{1, 16, 6, 6}, {.out = 16, .kernel = 3, .padding = 1}},
      {{3, 4, 9, 8}, {.out = 5, .kernel = 3, .stride = 2, .padding = 1}},
      {{2, 3, 7, 7}, {.out = 6, .kernel = 1, .stride = 2}},
      {{2, 2, 9, 9}, {.out = 3, .kernel = 3, .padding = 2, .dilation = 2}},
      {{1, 2, 8, 11}, {.out = 3, .kernel = {2, 5}, .stride = {3, 2}, .padding = {1, 0, 2, 3}}},
      {{2, 6, 5, 5}, {.out = 4, .kernel = 3, .padding = 1, .groups = 2}},
      {{2, 16, 6, 6}, {.out = 16, .kernel = 3, .padding = 1, .groups = 16}},
      {{1, 20, 7, 7}, {.out = 20, .kernel = 3, .stride = 2, .padding = {0, 0, 1, 1}, .groups = 20}},
      {{1, 32, 7, 6}, {.out = 32, .kernel = 3, .stride = 2, .padding = {0, 0, 1, 1}, .groups = 32}},
      {{9, 1, 6, 6}, {.out = 17, .kernel = 3, .padding = 1}},
      {{1, 3, 12, 12}, {.out = 8, .kernel = 7, .stride = 2}},
  };
  for (const Case& c : cases) {
    const Shape w{c.o.out, c.x[1] / c.o.groups, c.o.kernel.h, c.o.kernel.w};
    const std::string name = str_cat("conv2d ", to_string(c.x), " * ", to_string(w));
    proof::prove(name, {{c.x}, {w, true}, {{c.o.out}, true}},
                 [&](Graph&, const auto& v) { return conv2d(v[0], v[1], v[2], c.o); }, ConvReference{c.o},
                 {.reduction = std::max(elements(w), elements(c.x) / c.x[1])});
    proof::prove(name + " without bias", {{c.x}, {w, true}},
                 [&](Graph&, const auto& v) { return conv2d(v[0], v[1], Value{}, c.o); }, ConvReference{c.o},
                 {.reduction = std::max(elements(w), elements(c.x) / c.x[1]), .linear_in = {0, 1}});
  }
}

BOOST_AUTO_TEST_CASE(cut_into_several_tiles_has_the_same_result) {
  const Shape x{12, 32, 20, 20}, w{32, 32, 3, 3};
  const Conv2dOptions o{.out = 32, .kernel = 3, .padding = 1};
  proof::prove("conv2d of several tiles", {{x, false, false}, {w, true, false}},
               [&](Graph&, const auto& v) { return conv2d(v[0], v[1], Value{}, o); }, ConvReference{o},
               {.reduction = 288});
}

BOOST_AUTO_TEST_CASE(says_what_does_not_fit) {
  Graph g;
  const Value x = g.input("x", {{2, 3, 8, 8}});
  CHECK_FAILS(conv2d(g.input("flat", {{2, 3}}), {.out = 4}), "needs shape [N, C, H, W], got [2, 3]");
  CHECK_FAILS(conv2d(x, {.out = 0}), "needs out ≥ 1");
  CHECK_FAILS(conv2d(x, {.out = 4, .groups = 2}), "3 channels do not go into 2 groups");
  CHECK_FAILS(conv2d(x, {.out = 4, .kernel = 11}), "a kernel of 11×11 does not fit into 8×8 pixels");
  CHECK_FAILS(conv2d(x, g.parameter("w", {{4, 5, 3, 3}}, zeros()), Value{}, {}),
              "input has 3 channels, weights expect 5");
}

BOOST_AUTO_TEST_CASE(of_numbers_of_bf16_is_as_exact_as_in_f32, *needs_bf16()) {
  const Case cases[] = {
      {{2, 3, 5, 7}, {.out = 4, .kernel = 3, .padding = 1}},
      {{1, 16, 6, 6}, {.out = 16, .kernel = 3, .padding = 1}},
      {{1, 20, 5, 4}, {.out = 33, .kernel = 3, .stride = 2, .padding = 1}},
      {{2, 48, 13, 13}, {.out = 192}},
      {{2, 24, 7, 7}, {.out = 6, .kernel = 1, .stride = 2}},
      {{1, 6, 3, 3}, {.out = 100, .kernel = 1, .padding = 1}},
      {{2, 6, 5, 5}, {.out = 4, .kernel = 3, .padding = 1, .groups = 2}},
      {{9, 1, 6, 6}, {.out = 17, .kernel = 3, .padding = 1}},
      {{1, 3, 12, 12}, {.out = 8, .kernel = 7, .stride = 2}},
  };
  for (const Case& c : cases)
    for (const bool frozen : {false, true}) {
      const Shape w{c.o.out, c.x[1] / c.o.groups, c.o.kernel.h, c.o.kernel.w};
      const bool small = elements(c.x) * elements(w) < 300'000;  // else the reference's gradient takes minutes
      proof::prove(str_cat("conv2d in bf16 ", to_string(c.x), " * ", to_string(w)),
                   {{c.x, false, small}, {w, true, small}, {{c.o.out}, true, small}},
                   [&](Graph&, const auto& v) { return conv2d(v[0], v[1], v[2], c.o); }, ConvReference{c.o},
                   {.reduction = std::max(elements(w), elements(c.x) / c.x[1]), .frozen = frozen, .bf16 = true});
    }
}

BOOST_AUTO_TEST_SUITE_END()
