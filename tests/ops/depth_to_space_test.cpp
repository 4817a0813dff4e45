#include <backflow/ops/depth_to_space.h>

#include "tests/support/each_index.h"
#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

/// The channel of x that pixel (i, j) of channel c shows.
std::int64_t channel_of(const DepthToSpaceOptions& o, std::int64_t channels, std::int64_t c, std::int64_t i,
                        std::int64_t j) {
  const std::int64_t b = o.block, place = i % b * b + j % b;
  return o.order == BlockOrder::dcr ? place * channels + c : c * b * b + place;
}

struct DepthToSpaceReference {
  DepthToSpaceOptions o;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Shape& s = in[0].shape;
    const std::int64_t b = o.block;
    Array<T> y({s[0], s[1] / (b * b), s[2] * b, s[3] * b});
    proof::each_index(y.shape, [&](const Shape& at) {
      y(at[0], at[1], at[2], at[3]) =
          in[0](at[0], channel_of(o, y.shape[1], at[1], at[2], at[3]), at[2] / b, at[3] / b);
    });
    return y;
  }
};

struct SpaceToDepthReference {
  DepthToSpaceOptions o;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Shape& s = in[0].shape;
    const std::int64_t b = o.block;
    Array<T> y({s[0], s[1] * b * b, s[2] / b, s[3] / b});
    proof::each_index(s, [&](const Shape& at) {
      y(at[0], channel_of(o, s[1], at[1], at[2], at[3]), at[2] / b, at[3] / b) = in[0](at[0], at[1], at[2], at[3]);
    });
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(depth_to_space_)

BOOST_AUTO_TEST_CASE(and_space_to_depth_agree_with_their_references) {
  for (const bool image : {false, true})
    for (const BlockOrder order : {BlockOrder::dcr, BlockOrder::crd})
      for (const std::int64_t block : {1, 2, 3}) {
        const DepthToSpaceOptions o{.block = block, .order = order};
        const auto marked = [image](Graph& g, Value x) {
          if (image) g.mark_image(x);
          return x;
        };
        proof::prove(str_cat("depth_to_space by ", block), {{{2, 2 * block * block, 3, 4}}},
                     [&](Graph& g, const auto& v) { return depth_to_space(marked(g, v[0]), o); },
                     DepthToSpaceReference{o}, {.linear_in = {0}});
        proof::prove(str_cat("space_to_depth by ", block), {{{2, 3, 2 * block, 3 * block}}},
                     [&](Graph& g, const auto& v) { return space_to_depth(marked(g, v[0]), o); },
                     SpaceToDepthReference{o}, {.linear_in = {0}});
      }
}

BOOST_AUTO_TEST_CASE(of_an_image_is_an_image) {
  Graph g;
  const Value x = g.input("x", {.shape = {1, 4, 2, 2}, .image = true});
  BOOST_TEST(depth_to_space(x).spec().image);
  BOOST_TEST(space_to_depth(x).spec().image);
}

BOOST_AUTO_TEST_CASE(says_what_does_not_fit) {
  Graph g;
  const Value x = g.input("x", {{1, 6, 4, 5}}), flat = g.input("flat", {{2, 3}});
  CHECK_FAILS(depth_to_space(x), "[depth_to_space] 6 channels are no blocks of 2×2");
  CHECK_FAILS(space_to_depth(x), "[space_to_depth] 4×5 pixels are no blocks of 2×2");
  CHECK_FAILS(depth_to_space(x, {.block = 0}), "[depth_to_space] block needs to be ≥ 1, got 0");
  CHECK_FAILS(space_to_depth(flat), "[space_to_depth] input needs shape [N, C, H, W], got [2, 3]");
}

BOOST_AUTO_TEST_SUITE_END()
