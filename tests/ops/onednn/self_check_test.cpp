#include <backflow/ops/onednn/self_check.h>

#include <set>

#include <backflow/ops/onednn/bf16_units.h>
#include <backflow/ops/onednn/onednn_version.h>
#include "tests/support/test.h"

using namespace backflow;
using onednn::Kind;

BOOST_AUTO_TEST_SUITE(self_check_)

BOOST_AUTO_TEST_CASE(the_loaded_version_solves_every_problem) {
  BOOST_TEST_MESSAGE("oneDNN " << onednn_version());
  std::set<Kind> kinds;
  for (const onednn::Probe& probe : onednn::probes()) {
    kinds.insert(probe.kind);
    BOOST_TEST(onednn::fault(probe, Type::f32) == "");
    if (bf16_units() != Bf16Units::absent) BOOST_TEST(onednn::fault(probe, Type::bf16) == "");
  }
  BOOST_TEST(kinds.size() == 6U);
}

BOOST_AUTO_TEST_CASE(one_wrong_element_of_any_result_is_a_fault) {
  for (const onednn::Probe& probe : onednn::probes()) {
    std::size_t results = 1;
    for (std::size_t i = 0; i < results; ++i) {
      onednn::Probe broken = probe;
      broken.answer = [&](std::span<const onednn::Array> in) {
        auto answer = probe.answer(in);
        results = answer.size();
        answer[i].data.back() += 1;
        return answer;
      };
      const std::string text = onednn::fault(broken, Type::f32);
      BOOST_TEST(text.find(probe.name) == 0U, text);
      BOOST_TEST(text.find("expected") != std::string::npos, text);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_op_that_cannot_run_is_a_fault) {
  onednn::Probe broken = onednn::probes().front();
  broken.build = [](Graph&, const std::vector<Value>&) -> Value { fail("there is no kernel"); };
  BOOST_TEST(onednn::fault(broken, Type::f32).find("there is no kernel") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_kind_with_a_fault_is_refused_and_no_other) {
  const onednn::Faults found{{{Kind::convolution, true}, "element 3 of [2, 3] is 0, expected 3.73"}};
  CHECK_FAILS(onednn::refuse(found, "conv2d", Kind::convolution, true),
              "computes wrong values (element 3 of [2, 3] is 0, expected 3.73)");
  onednn::refuse(found, "conv2d", Kind::convolution, false);
  onednn::refuse(found, "linear", Kind::matmul, true);
}

BOOST_AUTO_TEST_CASE(versions_that_the_tests_were_run_with_are_not_checked) {
  BOOST_TEST(onednn::is_tested("2.6.3"));
  BOOST_TEST(!onednn::is_tested("2.6.4"));
  BOOST_TEST(onednn::faults().empty());
}

BOOST_AUTO_TEST_CASE(a_report_says_that_a_version_is_not_tested_and_what_the_check_found) {
  const onednn::Faults found{{{Kind::convolution, true}, "conv2d is wrong"}, {{Kind::matmul, false}, "linear too"}};
  BOOST_TEST(onednn::remark("2.6.3", found) == "");
  BOOST_TEST(onednn::remark("9.9.9", {}).find("found nothing wrong") != std::string::npos);
  BOOST_TEST(onednn::remark("9.9.9", found).find("failed: conv2d is wrong; linear too)") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
