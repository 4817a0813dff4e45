#include <backflow/ops/group_norm.h>

#include "tests/support/group_statistics.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

struct GroupNormReference {
  std::int64_t groups;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Shape& s = in[0].shape;
    const auto channels = static_cast<std::size_t>(s[1]);
    const auto pixels = static_cast<std::size_t>(elements(s) / (s[0] * s[1]));
    return proof::normalized(in, channels / static_cast<std::size_t>(groups) * pixels, 1e-5,
                             [=](std::size_t i) { return i / pixels % channels; });
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(group_norm_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  for (const Shape& shape : {Shape{3, 6}, Shape{2, 6, 5}, Shape{2, 6, 4, 3}, Shape{1, 6, 2, 3, 2}})
    for (const std::int64_t groups : {1, 2, 6}) {
      if (shape.size() == 2 && groups == 6) continue;  // one element each: nothing but β remains
      for (const bool image : {false, true}) {
        if (image && shape.size() != 4) continue;
        const auto build = [&](Graph& g, const std::vector<Value>& v) {
          if (image) g.mark_image(v[0]);
          const Value w = v.size() > 1 ? v[1] : Value{}, b = v.size() > 2 ? v[2] : Value{};
          const Value y = group_norm(v[0], w, b, {.groups = groups});
          BOOST_TEST(y.spec().image == image);
          return y;
        };
        const std::string name = str_cat("group_norm ", to_string(shape), " of ", groups);
        const proof::Input x{shape, false, true, 2, 3};
        const proof::Options o{.reduction = elements(shape)};
        proof::prove(name, {x, {{6}, true}, {{6}, true}}, build, GroupNormReference{groups}, o);
        proof::prove(name + " alone", {x}, build, GroupNormReference{groups}, o);
      }
    }
}

BOOST_AUTO_TEST_CASE(of_each_channel_is_instance_norm) {
  proof::prove("instance_norm", {{{2, 3, 4, 5}}, {{3}, true}, {{3}, true}},
               [](Graph&, const auto& v) { return instance_norm(v[0], v[1], v[2]); }, GroupNormReference{3},
               {.reduction = 40});
}

BOOST_AUTO_TEST_CASE(says_what_does_not_fit) {
  Graph g;
  const Value x = g.input("x", {{2, 3, 4}}), flat = g.input("flat", {{3}});
  CHECK_FAILS(group_norm(x, {}, {}, {.groups = 2}), "[group_norm] 3 channels do not go into 2 groups");
  CHECK_FAILS(group_norm(flat, {}, {}, {}), "[group_norm] input needs shape [N, C, …], got [3]");
  CHECK_FAILS(instance_norm(flat, {}, {}), "[instance_norm] input needs shape [N, C, …], got [3]");
  CHECK_FAILS(instance_norm(x, g.input("w", {{4}}), {}), "[instance_norm] weight and bias need shape [3], got [4]");
}

BOOST_AUTO_TEST_SUITE_END()
