#include <backflow/runtime/explain/masks.h>

#include <algorithm>
#include <numeric>

#include <backflow/runtime/explain/planes.h>
#include <backflow/runtime/explain/quadrature.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::explain;

BOOST_AUTO_TEST_SUITE(explain_masks)

BOOST_AUTO_TEST_CASE(windows_cover_every_pixel) {
  for (const auto& [height, width, side, stride] :
       {std::tuple{12, 12, 4, 3}, {10, 17, 5, 4}, {8, 8, 8, 8}, {7, 9, 3, 1}}) {
    std::vector<int> covered(static_cast<std::size_t>(height * width));
    for (const Window& w : windows({side, stride}, height, width)) {
      BOOST_REQUIRE((w.top < w.bottom && w.left < w.right && w.bottom <= height && w.right <= width));
      for (auto y = w.top; y < w.bottom; ++y)
        for (auto x = w.left; x < w.right; ++x) ++covered[static_cast<std::size_t>(y * width + x)];
    }
    BOOST_TEST(*std::min_element(covered.begin(), covered.end()) > 0);
  }
}

BOOST_AUTO_TEST_CASE(sizes_that_are_left_open_fit_the_image) {
  const auto of = [](std::int64_t window, std::int64_t stride, std::int64_t height, std::int64_t width) {
    const WindowSize s = window_size({.window = window, .stride = stride}, height, width);
    return std::pair(s.side, s.stride);
  };
  BOOST_TEST((of(0, 0, 224, 300) == std::pair<std::int64_t, std::int64_t>(28, 7)));
  BOOST_TEST((of(0, 0, 5, 5) == std::pair<std::int64_t, std::int64_t>(1, 1)));
  BOOST_TEST((of(400, 500, 224, 224) == std::pair<std::int64_t, std::int64_t>(224, 224)));  // no pixel is left out
}

BOOST_AUTO_TEST_CASE(random_masks_are_smooth_and_see_their_share) {
  const ExplainOptions o{.cells = 7, .keep = 0.3};
  std::vector<float> mask(56 * 48);
  double sum = 0;
  float steepest = 0;
  for (std::uint32_t k = 0; k < 200; ++k) {
    random_mask(o, k, 56, 48, mask);
    sum += std::accumulate(mask.begin(), mask.end(), 0.0) / static_cast<double>(mask.size());
    for (std::size_t i = 1; i < mask.size(); ++i)
      if (i % 48 != 0) steepest = std::max(steepest, std::abs(mask[i] - mask[i - 1]));
    BOOST_REQUIRE(*std::min_element(mask.begin(), mask.end()) >= 0);
    BOOST_REQUIRE(*std::max_element(mask.begin(), mask.end()) <= 1);
  }
  BOOST_TEST(sum / 200 == 0.3, boost::test_tools::tolerance(0.05));
  BOOST_TEST(steepest <= 0.13F);  // a cell has 7 pixels, enlarged by 8 / 7
}

BOOST_AUTO_TEST_CASE(gauss_and_legendre_integrate_polynomials) {
  for (const std::int64_t n : {1, 2, 5, 64, 301}) {
    const auto points = gauss_legendre(n);
    for (int power = 0; power < std::min<int>(2 * static_cast<int>(n), 12); ++power) {
      double sum = 0;
      for (const QuadraturePoint& p : points) sum += p.weight * std::pow(p.at, power);
      BOOST_TEST(sum == 1.0 / (power + 1), boost::test_tools::tolerance(1e-12));
    }
    BOOST_TEST(std::is_sorted(points.begin(), points.end(), [](auto a, auto b) { return a.at < b.at; }));
  }
}

BOOST_AUTO_TEST_CASE(planes_are_blurred_and_enlarged) {
  const Plane flat{5, 7, std::vector<float>(35, 2)};
  for (const float v : blurred(flat, 1.5).values) BOOST_REQUIRE(std::abs(v - 2) < 1e-5F);
  Plane spot{9, 9, std::vector<float>(81)};
  spot.values[40] = 1;
  const Plane soft = blurred(spot, 1);
  BOOST_TEST(std::accumulate(soft.values.begin(), soft.values.end(), 0.0) == 1, boost::test_tools::tolerance(1e-5));
  BOOST_TEST(soft.values[40] == 0.1592F, boost::test_tools::tolerance(0.02F));  // 1 / 2π
  BOOST_TEST(soft.values[39] == soft.values[31], boost::test_tools::tolerance(1e-5F));
  BOOST_TEST(blurred(spot, 0).values == spot.values);
  const Plane large = resized({1, 2, {0, 4}}, 2, 4);
  BOOST_TEST(large.values == (std::vector<float>{0, 1, 3, 4, 0, 1, 3, 4}));
}

BOOST_AUTO_TEST_SUITE_END()
