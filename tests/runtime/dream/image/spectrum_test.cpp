#include <algorithm>

#include <backflow/runtime/dream/image/spectrum.h>

#include <backflow/ops/inverse_dft.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;

BOOST_AUTO_TEST_SUITE(spectrum)

BOOST_AUTO_TEST_CASE(the_inverse_of_a_half_spectrum_is_the_image) {
  for (const auto& [height, width] : {std::pair{6, 8}, {7, 9}, {1, 5}, {4, 1}}) {
    std::vector<float> image;
    for (int i = 0; i < height * width; ++i) image.push_back(static_cast<float>(i * 7919 % 100) / 100);
    Graph g;
    const Value s = g.input("spectrum", {{1, 1, 2 * height, spectrum_columns(width)}});
    g.output("image", inverse_dft(s, width));
    Store store;
    Scheduler scheduler(1);
    Flow flow(g, store, scheduler);
    std::ranges::copy(half_spectrum(image, height, width), flow.input("spectrum").as().begin());
    flow.run();
    const auto back = flow.output("image");
    for (std::size_t i = 0; i < image.size(); ++i) BOOST_CHECK_SMALL(back[i] - image[i], 1e-5F);
  }
}

BOOST_AUTO_TEST_CASE(amplitudes_fall_with_frequency_and_are_bounded_at_zero) {
  const auto a = falling_amplitudes(4, 8, 1);
  BOOST_REQUIRE_EQUAL(a.size(), 4 * 5);
  BOOST_CHECK_CLOSE(a[0], 8, 1e-4);         // f = 0 counts as 1/8
  BOOST_CHECK_CLOSE(a[1], 8, 1e-4);         // f = 1/8
  BOOST_CHECK_CLOSE(a[4], 2, 1e-4);         // f = 1/2
  BOOST_CHECK_CLOSE(a[5], 4, 1e-4);         // a row on: 1/4
  BOOST_CHECK_CLOSE(a[3 * 5], a[5], 1e-4);  // −1/4
  for (float v : falling_amplitudes(4, 8, 0)) BOOST_CHECK_EQUAL(v, 1);
}

BOOST_AUTO_TEST_SUITE_END()
