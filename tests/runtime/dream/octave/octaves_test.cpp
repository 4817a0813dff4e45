#include <backflow/runtime/dream/octave/octaves.h>

#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;

BOOST_AUTO_TEST_SUITE(octaves)

BOOST_AUTO_TEST_CASE(sizes_grow_to_the_full_image_and_share_the_steps) {
  DreamOptions o;
  o.width = 224;
  o.height = 112;
  o.octaves = 4;
  o.steps = 42;
  const auto octaves = octaves_of(o);
  BOOST_REQUIRE_EQUAL(octaves.size(), 4);
  BOOST_CHECK_EQUAL(octaves[0].width, 82);  // 224 / 1.4³ = 81.6
  BOOST_CHECK_EQUAL(octaves[0].height, 41);
  BOOST_CHECK_EQUAL(octaves[3].width, 224);
  BOOST_CHECK_EQUAL(octaves[3].height, 112);
  BOOST_CHECK_EQUAL(octaves[0].begin, 0);
  for (std::size_t k = 1; k < 4; ++k) BOOST_CHECK_EQUAL(octaves[k].begin, octaves[k - 1].end);
  BOOST_CHECK_EQUAL(octaves[3].end, 42);
  for (const Octave& k : octaves) BOOST_CHECK_GE(k.end - k.begin, 10);
}

BOOST_AUTO_TEST_CASE(equal_sizes_are_one_octave) {
  DreamOptions o;
  o.width = o.height = 2;
  o.octaves = 5;
  o.octave_scale = 1.1;
  o.steps = 10;
  const auto octaves = octaves_of(o);
  BOOST_REQUIRE_EQUAL(octaves.size(), 2);  // 1.37 → 1, then 1.5 … 2 → 2
  BOOST_CHECK_EQUAL(octaves[0].end, octaves[1].begin);
  BOOST_CHECK_EQUAL(octaves[1].end, 10);
}

BOOST_AUTO_TEST_SUITE_END()
