#include <backflow/ops/onednn/bf16_units.h>

#include <backflow/ops/kernels/isa.h>
#include "tests/support/test.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(bf16_units_)

BOOST_AUTO_TEST_CASE(are_those_that_the_cpu_says_it_has) {
#if defined(__x86_64__)
  const bool avx512 = isa() == Isa::avx512, vectors = __builtin_cpu_supports("avx512bf16");
  BOOST_TEST((bf16_units() == Bf16Units::absent) == !avx512);
  BOOST_TEST((bf16_units() == Bf16Units::emulated) == (avx512 && !vectors));
#else
  BOOST_TEST((bf16_units() == Bf16Units::absent));
#endif
}

BOOST_AUTO_TEST_SUITE_END()
