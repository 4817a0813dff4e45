#include <backflow/ops/conv_transpose2d.h>

#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

struct ConvTransposeReference {
  ConvTranspose2dOptions o;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto &x = in[0], &w = in[1];
    const std::int64_t kh = w.shape[2], kw = w.shape[3], outs = w.shape[1], ins = x.shape[1] / o.groups;
    const std::int64_t height = (x.shape[2] - 1) * o.stride.h - o.padding.top - o.padding.bottom +
                                o.dilation.h * (kh - 1) + 1 + o.output_padding.h;
    const std::int64_t width = (x.shape[3] - 1) * o.stride.w - o.padding.left - o.padding.right +
                               o.dilation.w * (kw - 1) + 1 + o.output_padding.w;
    Array<T> y({x.shape[0], outs * o.groups, height, width});
    for (std::size_t i = 0; in.size() > 2 && i < y.data.size(); ++i)
      y.data[i] = in[2].data[i / static_cast<std::size_t>(height * width) % in[2].data.size()];
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (std::int64_t c = 0; c < x.shape[1]; ++c)
        for (std::int64_t d = 0; d < outs; ++d)
          for (std::int64_t p = 0; p < x.shape[2] * x.shape[3]; ++p)
            for (std::int64_t k = 0; k < kh * kw; ++k) {
              const std::int64_t row = p / x.shape[3] * o.stride.h - o.padding.top + k / kw * o.dilation.h;
              const std::int64_t column = p % x.shape[3] * o.stride.w - o.padding.left + k % kw * o.dilation.w;
              if (row < 0 || column < 0 || row >= height || column >= width) continue;
              y(n, c / ins * outs + d, row, column) +=
                  x(n, c, p / x.shape[3], p % x.shape[3]) * w(c, d, k / kw, k % kw);
            }
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(conv_transpose2d_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  struct Case {
    Shape x;
    std::int64_t out;  // channels of each group
    Pair kernel;
    ConvTranspose2dOptions o;
  };
  const Case cases[] = {
      {{1, 1, 1, 1}, 1, 1, {}},
      {{2, 3, 4, 5}, 4, 3, {}},
      {{1, 16, 5, 5}, 16, 2, {.stride = 2}},
      {{1, 4, 5, 4}, 3, 4, {.stride = 2, .padding = 1}},
      {{2, 3, 5, 4}, 2, 3, {.stride = 2, .padding = 1, .output_padding = 1}},
      {{1, 3, 4, 4}, 2, 3, {.stride = 3, .padding = {0, 1, 2, 0}, .output_padding = {2, 1}}},
      {{1, 3, 4, 4}, 2, 2, {.stride = 2, .output_padding = 1}},
      {{1, 2, 4, 4}, 2, 3, {.stride = 1, .output_padding = {2, 1}, .dilation = 3}},
      {{1, 2, 5, 5}, 3, {2, 3}, {.stride = {1, 2}, .padding = 1, .dilation = {2, 1}}},
      {{1, 2, 6, 6}, 3, 1, {.padding = 2}},
      {{2, 6, 4, 4}, 2, 3, {.stride = 2, .padding = 1, .groups = 3}},
      {{1, 16, 4, 4}, 1, 3, {.stride = 2, .padding = 1, .output_padding = 1, .groups = 16}},
      {{1, 8, 4, 4}, 3, 4, {.stride = 2, .padding = 1}},
  };
  for (const Case& c : cases) {
    const Shape w{c.x[1], c.out, c.kernel.h, c.kernel.w};
    const std::string name = str_cat("conv_transpose2d ", to_string(c.x), " * ", to_string(w));
    const std::int64_t longest = std::max(elements(w), elements(c.x)) * 4;
    proof::prove(name, {{c.x}, {w, true}, {{c.out * c.o.groups}, true}},
                 [&](Graph&, const auto& v) { return conv_transpose2d(v[0], v[1], v[2], c.o); },
                 ConvTransposeReference{c.o}, {.reduction = longest});
    proof::prove(name + " without bias", {{c.x}, {w, true}},
                 [&](Graph&, const auto& v) { return conv_transpose2d(v[0], v[1], Value{}, c.o); },
                 ConvTransposeReference{c.o}, {.reduction = longest, .linear_in = {0, 1}});
  }
}

BOOST_AUTO_TEST_CASE(cut_into_several_tiles_has_the_same_result) {
  const ConvTranspose2dOptions o{.stride = 2, .padding = 1};
  proof::prove("conv_transpose2d of several tiles", {{{12, 32, 10, 10}, false, false}, {{32, 32, 4, 4}, true, false}},
               [&](Graph&, const auto& v) { return conv_transpose2d(v[0], v[1], Value{}, o); },
               ConvTransposeReference{o}, {.reduction = 512});
}

BOOST_AUTO_TEST_CASE(says_what_does_not_fit) {
  Graph g;
  const Value x = g.input("x", {{2, 4, 8, 8}}), w = g.input("w", {{4, 3, 3, 3}});
  const auto build = [](Value in, Value weights, const ConvTranspose2dOptions& o = {}) {
    return conv_transpose2d(in, weights, Value{}, o);
  };
  CHECK_FAILS(build(g.input("flat", {{2, 3}}), w), "input needs shape [N, C, H, W], got [2, 3]");
  CHECK_FAILS(build(x, g.input("v", {{4, 3}})), "weights need shape [in, out / groups, kh, kw], got [4, 3]");
  CHECK_FAILS(build(x, g.input("u", {{3, 3, 3, 3}})), "input has 4 channels, weights expect 3");
  CHECK_FAILS(build(x, w, {.groups = 3}), "4 channels do not go into 3 groups");
  CHECK_FAILS(build(x, w, {.stride = 0}), "stride and dilation need to be ≥ 1");
  CHECK_FAILS(build(x, w, {.padding = -1}), "padding and output_padding need to be ≥ 0");
  CHECK_FAILS(build(x, w, {.padding = 5}), "8×8 pixels spread by 3×3 do not reach over the padding");
  CHECK_FAILS(conv_transpose2d(x, w, g.input("b", {{4}})), "bias needs shape [3], got [4]");
}

BOOST_AUTO_TEST_SUITE_END()
