#include <backflow/graph/bf16.h>

#include <cmath>
#include <limits>

#include "tests/support/test.h"

using namespace backflow;

namespace {

float through(float x) { return static_cast<float>(Bf16::of(x)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(bf16_)

BOOST_AUTO_TEST_CASE(rounds_to_the_nearest_and_ties_to_even) {
  BOOST_TEST(through(1.0F) == 1.0F);
  BOOST_TEST(through(1 + 0x1p-8F) == 1.0F);             // half way, 1 is even
  BOOST_TEST(through(1 + 3 * 0x1p-8F) == 1 + 0x1p-6F);  // half way, the upper one is even
  BOOST_TEST(through(1 + 0x1.02p-8F) == 1 + 0x1p-7F);
  BOOST_TEST(through(-1 - 0x1.02p-8F) == -1 - 0x1p-7F);
  BOOST_TEST(through(std::numeric_limits<float>::max()) == std::numeric_limits<float>::infinity());
}

BOOST_AUTO_TEST_CASE(keeps_every_number_of_its_own_and_what_is_none) {
  for (std::uint32_t bits = 0; bits < 0x10000U; ++bits) {
    const Bf16 x{static_cast<std::uint16_t>(bits)};
    const auto wide = static_cast<float>(x);
    if (std::isnan(wide))
      BOOST_TEST(std::isnan(through(wide)));
    else
      BOOST_TEST(Bf16::of(wide).bits == x.bits);
    BOOST_TEST(passes_relu(x) == passes_relu(wide));
  }
  BOOST_TEST(std::isnan(through(std::bit_cast<float>(0x7F800001U))));  // whose upper half alone would be infinity
}

BOOST_AUTO_TEST_SUITE_END()
