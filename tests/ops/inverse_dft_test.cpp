#include <backflow/ops/inverse_dft.h>
#include <backflow/runtime/scheduler/scheduler.h>

#include <numbers>

#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

/// By the definition: all frequencies, those that are not given being conjugates of those that are.
struct DftReference {
  std::int64_t width;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto& s = in[0];
    const std::int64_t height = s.shape[2] / 2;
    Array<T> y({s.shape[0], s.shape[1], height, width});
    for (std::int64_t n = 0; n < s.shape[0]; ++n)
      for (std::int64_t c = 0; c < s.shape[1]; ++c)
        for (std::int64_t h = 0; h < height; ++h)
          for (std::int64_t w = 0; w < width; ++w)
            for (std::int64_t u = 0; u < height; ++u)
              for (std::int64_t v = 0; v < s.shape[3]; ++v) {
                const double angle = 2 * std::numbers::pi *
                                     (static_cast<double>(u * h) / static_cast<double>(height) +
                                      static_cast<double>(v * w) / static_cast<double>(width));
                const double count = v == 0 || 2 * v == width ? 1 : 2;
                y(n, c, h, w) += count / static_cast<double>(height * width) *
                                 (s(n, c, u, v) * std::cos(angle) - s(n, c, height + u, v) * std::sin(angle));
              }
    return y;
  }
};

proof::Builder builder(std::int64_t width) {
  return [=](Graph&, const std::vector<Value>& v) { return inverse_dft(v[0], width); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inverse_dft_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const auto& [s, width] :
       {std::pair{Shape{1, 1, 2, 1}, 1}, {{1, 3, 8, 3}, 4}, {{1, 3, 8, 3}, 5}, {{2, 2, 6, 4}, 6}})
    proof::prove("inverse_dft " + to_string(s), {{s}}, builder(width), DftReference{width},
                 {.reduction = 32, .linear_in = {0}});
}

BOOST_AUTO_TEST_CASE(makes_a_wave_of_one_frequency) {
  constexpr std::int64_t kHeight = 40, kWidth = 56, kDown = 3, kAcross = 5;
  Graph g;
  g.output("y", inverse_dft(g.input("s", {{1, 1, 2 * kHeight, kWidth / 2 + 1}}), kWidth));
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  flow.input("s").as()[kDown * (kWidth / 2 + 1) + kAcross] = kHeight * kWidth / 2.F;
  flow.run();
  for (std::int64_t h = 0; h < kHeight; ++h)
    for (std::int64_t w = 0; w < kWidth; ++w) {
      const double angle = 2 * std::numbers::pi * (double(kDown * h) / kHeight + double(kAcross * w) / kWidth);
      BOOST_CHECK_SMALL(flow.output("y")[static_cast<std::size_t>(h * kWidth + w)] - std::cos(angle), 1e-5);
    }
}

BOOST_AUTO_TEST_CASE(treats_each_image_alone_whether_images_or_colours_are_cut) {
  proof::check_samples_alone("inverse_dft", {{{1, 3, 128, 33}}}, builder(64), 5);
}

BOOST_AUTO_TEST_CASE(says_which_shape_it_wanted) {
  Graph g;
  CHECK_FAILS(inverse_dft(g.input("s", {{1, 3, 8, 4}}), 8), "width 8 needs a spectrum [N, C, 2H, 5], got [1, 3, 8, 4]");
}

BOOST_AUTO_TEST_SUITE_END()
