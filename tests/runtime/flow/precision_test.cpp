#include <backflow/runtime/flow/precision.h>

#include <backflow/ops/onednn/bf16_units.h>
#include "tests/support/test.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(precision_)

BOOST_AUTO_TEST_CASE(has_three_names) {
  for (const char* name : {"f32", "bf16", "auto"}) BOOST_TEST(name_of(value_of<Precision>("precision", name)) == name);
  CHECK_FAILS(value_of<Precision>("precision", "f16"), "precision needs to be f32, bf16 or auto, got 'f16'");
}

BOOST_AUTO_TEST_CASE(automatic_takes_bf16_where_the_cpu_has_amx) {
  BOOST_TEST(!uses_bf16(Precision::f32));
  BOOST_TEST(uses_bf16(Precision::automatic) == (bf16_units() == Bf16Units::tiles));
  BOOST_TEST((settled(Precision::automatic) == (bf16_units() == Bf16Units::tiles ? Precision::bf16 : Precision::f32)));
  BOOST_TEST((settled(Precision::f32) == Precision::f32));
  if (bf16_units() == Bf16Units::absent)
    CHECK_FAILS(uses_bf16(Precision::bf16), "needs a CPU with AVX-512");
  else
    BOOST_TEST(uses_bf16(Precision::bf16));
}

BOOST_AUTO_TEST_CASE(warns_only_who_asked_for_bf16_where_it_is_slow) {
  BOOST_TEST(precision_warning(Precision::f32).empty());
  BOOST_TEST(precision_warning(Precision::automatic).empty());
  BOOST_TEST(precision_warning(Precision::bf16).empty() == (bf16_units() != Bf16Units::emulated));
}

BOOST_AUTO_TEST_SUITE_END()
