#include <backflow/ops/resize2d.h>
#include <backflow/runtime/scheduler/scheduler.h>

#include <algorithm>

#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

/// The weight of old element k in new element i.
double weight(Resize mode, std::int64_t from, std::int64_t to, std::int64_t i, std::int64_t k) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  if (mode == Resize::nearest) return k == i * from / to ? 1 : 0;
  if (mode == Resize::bilinear) {
    const double x = std::clamp((static_cast<double>(i) + 0.5) * scale - 0.5, 0.0, static_cast<double>(from - 1));
    return std::max(0.0, 1 - std::abs(x - static_cast<double>(k)));
  }
  const double width = std::max(1.0, scale), middle = (static_cast<double>(i) + 0.5) * scale;
  auto triangle = [&](std::int64_t j) {
    return std::max(0.0, 1 - std::abs((static_cast<double>(j) + 0.5 - middle) / width));
  };
  double total = 0;
  for (std::int64_t j = 0; j < from; ++j) total += triangle(j);
  return triangle(k) / total;
}

struct ResizeReference {
  Resize mode;
  std::int64_t height, width;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Shape& s = in[0].shape;
    Array<T> y({s[0], s[1], height, width});
    for (std::int64_t n = 0; n < s[0]; ++n)
      for (std::int64_t c = 0; c < s[1]; ++c)
        for (std::int64_t i = 0; i < height; ++i)
          for (std::int64_t j = 0; j < width; ++j)
            for (std::int64_t k = 0; k < s[2]; ++k)
              for (std::int64_t l = 0; l < s[3]; ++l)
                y(n, c, i, j) += in[0](n, c, k, l) * weight(mode, s[2], height, i, k) * weight(mode, s[3], width, j, l);
    return y;
  }
};

struct ResizedTwice {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const ResizeReference up{Resize::bilinear, 6, 8}, down{Resize::smooth, 2, 2};
    return down(std::vector<Array<T>>{up(in)});
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(resize2d_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_smaller_and_larger) {
  for (Resize mode : {Resize::nearest, Resize::bilinear, Resize::smooth})
    for (const Shape& to : {Shape{1, 1}, Shape{2, 3}, Shape{5, 4}, Shape{7, 9}})
      proof::prove(
          str_cat("resize2d mode ", static_cast<int>(mode), " to ", to_string(to)),
          {{{2, 3, 5, 4}, to[0] != 2}},  // a parameter lies as the op likes
          [&](Graph&, const auto& v) { return resize2d(v[0], {.height = to[0], .width = to[1], .mode = mode}); },
          ResizeReference{mode, to[0], to[1]}, {.reduction = 20, .linear_in = {0}});
}

// Sums of y and of y · index by torch 1.13's interpolate().
BOOST_AUTO_TEST_CASE(agrees_with_pytorch) {
  struct Case {
    Resize mode;
    std::int64_t height, width;
    double sum, weighted;
  };
  for (const Case& c : {Case{Resize::nearest, 2, 3, 4.2421875, 29.35546875},
                        {Resize::nearest, 7, 6, 37.0703125, 1764.12890625},
                        {Resize::bilinear, 2, 3, 6.1666666, 43.2037761},
                        {Resize::bilinear, 7, 6, 40.1249996, 1842.56974},
                        {Resize::smooth, 2, 3, 5.7886365, 39.9136361},
                        {Resize::smooth, 7, 6, 40.1249999, 1842.56976}}) {
    Graph g;
    g.output("y", resize2d(g.input("x", {{1, 2, 5, 4}}), {.height = c.height, .width = c.width, .mode = c.mode}));
    Store store;
    Scheduler scheduler(1);
    Flow flow(g, store, scheduler);
    auto x = flow.input("x").as();
    for (int k = 0; k < 2; ++k)
      for (int i = 0; i < 5; ++i)
        for (int j = 0; j < 4; ++j)
          x[static_cast<std::size_t>((k * 5 + i) * 4 + j)] = static_cast<float>((j * 37 + i * 91 + k * 53) % 256) / 256;
    flow.run();
    double sum = 0, weighted = 0, index = 0;
    for (float y : flow.output("y")) {
      sum += y;
      weighted += y * ++index;
    }
    BOOST_CHECK_CLOSE(sum, c.sum, 1e-4);
    BOOST_CHECK_CLOSE(weighted, c.weighted, 1e-4);
  }
}

BOOST_AUTO_TEST_CASE(a_picture_that_other_ops_made_is_resized_in_their_layout) {
  proof::prove("resize2d twice", {{{1, 2, 4, 5}}},
               [](Graph&, const auto& v) {
                 return resize2d(resize2d(v[0], {.height = 6, .width = 8}),
                                 {.height = 2, .width = 2, .mode = Resize::smooth});
               },
               ResizedTwice(), {.reduction = 20});
}

BOOST_AUTO_TEST_CASE(says_which_size_it_wanted) {
  Graph g;
  CHECK_FAILS(resize2d(g.input("x", {{2, 3}}), {.height = 1, .width = 1}), "needs shape [N, C, H, W], got [2, 3]");
  CHECK_FAILS(resize2d(g.input("y", {{1, 1, 2, 3}}), {.height = 4}), "needs height and width ≥ 1, got 4 and 0");
}

BOOST_AUTO_TEST_SUITE_END()
