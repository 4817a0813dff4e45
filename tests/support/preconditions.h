// What a test case may need of the machine. A case with such a precondition is counted as skipped where it is not met:
//   BOOST_AUTO_TEST_CASE(name, *needs_avx512())
#pragma once

#include <backflow/graph/error.h>
#include <backflow/ops/kernels/isa.h>
#include <backflow/ops/onednn/bf16_units.h>
#include <backflow/runtime/data/find_dataset.h>
#include "tests/support/test.h"

namespace backflow {

inline boost::unit_test::precondition needs(bool (*met)(), const char* reason) {
  return boost::unit_test::precondition([met, reason](boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result result(met());
    if (!result) result.message() << reason;
    return result;
  });
}

inline boost::unit_test::precondition needs_avx512() {
  return needs([] { return isa() == Isa::avx512; }, "this CPU has no AVX-512, which the kernels of this case need");
}

inline boost::unit_test::precondition needs_bf16() {
  return needs([] { return bf16_units() != Bf16Units::absent; }, "oneDNN offers no bf16 on this CPU");
}

inline bool has_fashion_mnist() {
  try {
    data::find_dataset("fashion-mnist");
    return true;
  } catch (const Error&) {
    return false;
  }
}

inline boost::unit_test::precondition needs_fashion_mnist() {
  return needs(has_fashion_mnist, "the Debian package dataset-fashion-mnist is not installed");
}

}  // namespace backflow
