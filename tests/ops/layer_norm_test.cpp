#include <backflow/ops/layer_norm.h>

#include "tests/support/group_statistics.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

struct LayerNormReference {
  std::size_t axis;
  double epsilon;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    std::size_t length = 1;
    for (std::size_t a = axis; a < in[0].shape.size(); ++a) length *= static_cast<std::size_t>(in[0].shape[a]);
    return proof::normalized(in, length, epsilon, [length](std::size_t i) { return i % length; });
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(layer_norm_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  struct Case {
    Shape x;
    std::int64_t axis;
  };
  for (const Case& c : {Case{{4}, 0}, {{3, 7}, 1}, {{2, 3, 16}, 2}, {{2, 3, 4, 5}, 1}, {{2, 3, 4, 5}, 3}}) {
    const auto axis = static_cast<std::size_t>(c.axis);
    const Shape last(c.x.begin() + c.axis, c.x.end());
    const auto length = static_cast<std::int64_t>(c.x.size());
    for (const float epsilon : {1e-5F, 0.5F}) {
      const LayerNormReference reference{axis, epsilon};
      const LayerNormOptions o{.axis = c.axis - length, .epsilon = epsilon};
      const std::string name = str_cat("layer_norm ", to_string(c.x), " from axis ", c.axis);
      const proof::Input x{c.x, false, true, 2, 3};
      proof::prove(name, {x, {last, true}, {last, true}},
                   [&](Graph&, const auto& v) { return layer_norm(v[0], v[1], v[2], o); }, reference,
                   {.reduction = elements(c.x)});
      proof::prove(name + " alone", {x}, [&](Graph&, const auto& v) { return layer_norm(v[0], {}, {}, o); }, reference,
                   {.reduction = elements(c.x)});
    }
  }
}

BOOST_AUTO_TEST_CASE(has_the_same_bits_when_it_is_cut_into_tiles) {
  proof::prove("layer_norm of several tiles",
               {{{40, 50, 192}, false, false}, {{192}, true, false}, {{192}, true, false}},
               [](Graph&, const auto& v) { return layer_norm(v[0], v[1], v[2]); }, LayerNormReference{2, 1e-5},
               {.reduction = 192});
}

BOOST_AUTO_TEST_CASE(says_what_does_not_fit) {
  Graph g;
  const Value x = g.input("x", {{2, 3}});
  CHECK_FAILS(layer_norm(x, {}, {}, {.axis = 2}), "[layer_norm] has no axis 2 in shape [2, 3]");
  CHECK_FAILS(layer_norm(x, x, {}), "[layer_norm] weight and bias need a shape like [3], got [2, 3]");
  CHECK_FAILS(layer_norm(x, {}, {}, {.epsilon = 0}), "epsilon needs to be above 0");
}

BOOST_AUTO_TEST_SUITE_END()
