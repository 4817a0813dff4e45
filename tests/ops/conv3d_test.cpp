#include <backflow/ops/conv3d.h>

#include "tests/support/each_index.h"
#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

struct Conv3dReference {
  Conv3dOptions o;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto &x = in[0], &w = in[1];
    const Shape &s = x.shape, &k = w.shape;
    const Padding& p = o.padding.plane;
    Array<T> y({s[0], k[0], places(s[2], k[2], o.stride.d, o.dilation.d, o.padding.front + o.padding.back),
                places(s[3], k[3], o.stride.h, o.dilation.h, p.top + p.bottom),
                places(s[4], k[4], o.stride.w, o.dilation.w, p.left + p.right)});
    proof::each_index(y.shape, [&](const Shape& at) {
      T total = in.size() > 2 ? in[2](at[1]) : T(0);
      proof::each_index({k[1], k[2], k[3], k[4]}, [&](const Shape& tap) {
        const std::int64_t d = at[2] * o.stride.d - o.padding.front + tap[1] * o.dilation.d;
        const std::int64_t h = at[3] * o.stride.h - p.top + tap[2] * o.dilation.h;
        const std::int64_t v = at[4] * o.stride.w - p.left + tap[3] * o.dilation.w;
        if (d < 0 || h < 0 || v < 0 || d >= s[2] || h >= s[3] || v >= s[4]) return;
        const std::int64_t channel = at[1] / (k[0] / o.groups) * k[1] + tap[0];
        total += x(at[0], channel, d, h, v) * w(at[1], tap[0], tap[1], tap[2], tap[3]);
      });
      y(at[0], at[1], at[2], at[3], at[4]) = total;
    });
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(conv3d_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  struct Case {
    Shape x;
    std::int64_t out;
    Triple kernel;
    Conv3dOptions o;
  };
  const Case cases[] = {
      {{1, 1, 1, 1, 1}, 1, 1, {}},
      {{2, 3, 4, 5, 3}, 4, {3, 2, 3}, {.padding = 1}},
      {{1, 2, 5, 4, 6}, 3, {2, 3, 3}, {.stride = {2, 1, 2}, .padding = {1, 0, {0, 1, 2, 1}}, .dilation = {2, 1, 1}}},
      {{1, 4, 3, 4, 4}, 6, {3, 3, 1}, {.padding = 1, .groups = 2}},
  };
  for (const Case& c : cases) {
    const Shape w{c.out, c.x[1] / c.o.groups, c.kernel.d, c.kernel.h, c.kernel.w};
    const proof::Options options{.reduction = std::max(elements(w), elements(c.x))};
    const std::string name = str_cat("conv3d ", to_string(c.x), " * ", to_string(w));
    proof::prove(
        name, {{c.x}, {w, true}, {{c.out}, true}}, [&](Graph&, const auto& v) { return conv3d(v[0], v[1], v[2], c.o); },
        Conv3dReference{c.o}, options);
    proof::prove(
        name + " without bias", {{c.x}, {w, true}},
        [&](Graph&, const auto& v) { return conv3d(v[0], v[1], Value{}, c.o); }, Conv3dReference{c.o}, options);
  }
}

BOOST_AUTO_TEST_CASE(says_what_does_not_fit) {
  Graph g;
  const Value x = g.input("x", {{2, 4, 3, 8, 8}}), w = g.input("w", {{4, 4, 3, 3, 3}});
  CHECK_FAILS(conv3d(g.input("flat", {{2, 3}}), w, {}), "[conv3d] input needs shape [N, C, D, H, W], got [2, 3]");
  CHECK_FAILS(conv3d(x, g.input("v", {{4, 3}}), {}), "weights need shape [out, in / groups, kd, kh, kw], got [4, 3]");
  CHECK_FAILS(conv3d(x, w, {}, {.groups = 3}), "[conv3d] 4 and 4 channels do not go into 3 groups");
  CHECK_FAILS(conv3d(x, w, {}, {.groups = 2}), "[conv3d] input has 4 channels, weights expect 8");
  CHECK_FAILS(conv3d(x, w, {}, {.dilation = 2}), "[conv3d] a kernel of 3 planes does not fit into 3 and their padding");
  CHECK_FAILS(conv3d(x, w, {}, {.stride = 0}), "[conv3d] stride and dilation need to be ≥ 1, padding ≥ 0");
}

BOOST_AUTO_TEST_SUITE_END()
