#include <backflow/ops/pool3d.h>

#include "tests/support/each_index.h"
#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

struct Pool3dReference {
  Shape y;
  Pool3dOptions o;
  bool largest;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Array<T>& x = in[0];
    const Triple stride = o.stride.value_or(o.kernel);
    const std::int64_t steps[] = {stride.d, stride.h, stride.w}, apart[] = {o.dilation.d, o.dilation.h, o.dilation.w};
    const std::int64_t before[] = {o.padding.front, o.padding.plane.top, o.padding.plane.left};
    const std::int64_t after[] = {o.padding.back, o.padding.plane.bottom, o.padding.plane.right};
    Array<T> result(y);
    proof::each_index(y, [&](const Shape& at) {
      T total = 0;
      const T* best = nullptr;
      double counted = 0;
      proof::each_index({o.kernel.d, o.kernel.h, o.kernel.w}, [&](const Shape& tap) {
        Shape from = at;
        bool inside = true, padded = true;
        for (std::size_t a = 0; a < 3; ++a) {
          from[a + 2] = at[a + 2] * steps[a] + tap[a] * apart[a] - before[a];
          inside = inside && from[a + 2] >= 0 && from[a + 2] < x.shape[a + 2];
          padded = padded && from[a + 2] < x.shape[a + 2] + after[a];
        }
        if (inside || (o.count_include_pad && padded)) ++counted;
        if (!inside) return;
        const T& value = x.data[proof::place_in(x.shape, from)];
        total += value;
        if (!best || proof::real(value) > proof::real(*best)) best = &value;
      });
      result.data[proof::place_in(y, at)] = largest ? *best : total / counted;
    });
    return result;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(pool3d_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  struct Case {
    Shape x;
    Pool3dOptions o;
  };
  const Case cases[] = {
      {{1, 1, 2, 2, 2}, {}},
      {{2, 3, 5, 6, 7}, {}},
      {{1, 3, 5, 6, 7}, {.kernel = {3, 2, 3}, .stride = Triple(2, 1, 2), .padding = 1}},
      {{1, 3, 5, 6, 7}, {.kernel = 3, .stride = Triple(2), .padding = 1, .count_include_pad = false}},
      {{1, 3, 5, 6, 6}, {.kernel = 3, .stride = Triple(2), .padding = {0, 1, {1, 0, 1, 1}}, .ceil_mode = true}},
      {{1, 2, 6, 6, 7}, {.kernel = 2, .stride = Triple(1), .dilation = {2, 3, 1}}},
  };
  for (const Case& c : cases)
    for (const bool largest : {true, false}) {
      const auto pool = [&](Value x) { return largest ? max_pool3d(x, c.o) : average_pool3d(x, c.o); };
      Graph g;
      const Shape y = pool(g.input("x", {c.x})).shape();
      proof::prove(
          str_cat(largest ? "max_pool3d " : "average_pool3d ", to_string(c.x)), {{c.x}},
          [&](Graph&, const auto& v) { return pool(v[0]); }, Pool3dReference{y, c.o, largest});
    }
}

BOOST_AUTO_TEST_CASE(says_what_does_not_fit) {
  Graph g;
  const Value x = g.input("x", {{2, 3, 4, 4}});
  CHECK_FAILS(max_pool3d(x), "[max_pool3d] input needs shape [N, C, D, H, W], got [2, 3, 4, 4]");
  CHECK_FAILS(average_pool3d(x), "[average_pool3d] input needs shape [N, C, D, H, W], got [2, 3, 4, 4]");
}

BOOST_AUTO_TEST_SUITE_END()
