#include <backflow/ops/roll.h>
#include <backflow/runtime/scheduler/scheduler.h>

#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

struct RollReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto& x = in[0];
    const std::int64_t height = x.shape[2], width = x.shape[3];
    Array<T> y(x.shape);
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (std::int64_t c = 0; c < x.shape[1]; ++c)
        for (std::int64_t h = 0; h < height; ++h)
          for (std::int64_t w = 0; w < width; ++w) {
            const auto dy = static_cast<std::int64_t>(proof::real(in[1](n, 0)));
            const auto dx = static_cast<std::int64_t>(proof::real(in[1](n, 1)));
            y(n, c, ((h + dy) % height + height) % height, ((w + dx) % width + width) % width) = x(n, c, h, w);
          }
    return y;
  }
};

proof::Input offsets(std::vector<double> values) {
  const auto rows = static_cast<std::int64_t>(values.size() / 2);
  return {{rows, 2}, false, false, 0, 1, std::move(values), Type::s32};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(roll_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  auto build = [](Graph&, const std::vector<Value>& v) { return roll(v[0], v[1]); };
  const proof::Options options{.linear_in = {0}};
  proof::prove("roll by nothing", {{{1, 3, 4, 5}}, offsets({0, 0})}, build, RollReference(), options);
  proof::prove("roll of one image", {{{1, 3, 5, 7}}, offsets({2, -3})}, build, RollReference(), options);
  proof::prove("roll further than the image is long", {{{1, 1, 3, 2}}, offsets({-8, 11})}, build, RollReference(),
               options);
  proof::prove("roll of each image by its own offset", {{{3, 2, 4, 3}}, offsets({1, 0, 0, -1, 3, 2})}, build,
               RollReference(), options);
}

BOOST_AUTO_TEST_CASE(has_the_same_bits_when_it_is_cut_into_tiles) {
  constexpr std::int64_t kImages = 6, kSide = 96;
  Graph g;
  g.output("y", roll(g.input("x", {{kImages, 3, kSide, kSide}}), g.input("by", {{kImages, 2}, Type::s32})));
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  auto x = flow.input("x").as();
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  for (int n = 0; n < kImages; ++n) flow.input("by").as<std::int32_t>()[static_cast<std::size_t>(2 * n)] = n;
  flow.run();
  constexpr std::size_t kPlane = kSide * kSide;
  for (std::size_t n = 0; n < kImages; ++n)
    BOOST_CHECK_EQUAL(flow.output("y")[n * 3 * kPlane + n * kSide], x[n * 3 * kPlane]);
}

BOOST_AUTO_TEST_CASE(says_which_shapes_it_wanted) {
  Graph g;
  Value x = g.input("x", {{2, 3, 4, 4}});
  CHECK_FAILS(roll(g.input("row", {{2, 3}}), g.input("o", {{2, 2}, Type::s32})), "needs images [N, C, H, W] f32");
  CHECK_FAILS(roll(x, g.input("p", {{2, 2}})), "offsets need shape [2, 2] s32, got [2, 2]");
}

BOOST_AUTO_TEST_SUITE_END()
