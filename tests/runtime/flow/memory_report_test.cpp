#include <backflow/runtime/flow/memory_report.h>

#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/graphs.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

std::size_t bytes(const std::vector<MemoryReport::Line>& lines, const std::string& what) {
  for (const auto& l : lines)
    if (l.what == what) return l.bytes;
  fail("no line '", what, "'");
}

MemoryReport report_of_step(std::int64_t batch, const SgdOptions& options) {
  Graph g;
  graphs::mlp_step(g, batch, {784, 256, 10}, options);
  Store store;
  Scheduler scheduler(2);
  return Flow(g, store, scheduler).memory_report();
}

constexpr std::size_t kParameters = 4 * (784 * 256 + 256 + 256 * 10 + 10);

}  // namespace

BOOST_AUTO_TEST_SUITE(memory_report_)

BOOST_AUTO_TEST_CASE(lists_what_a_training_step_holds) {
  const MemoryReport r = report_of_step(128, {.momentum = 0.9F});
  BOOST_CHECK_EQUAL(bytes(r.held, "parameters"), kParameters);
  BOOST_CHECK_EQUAL(bytes(r.held, "optimizer state and running statistics"), kParameters);
  BOOST_CHECK_EQUAL(bytes(r.held, "inputs"), 4 * (128 * 784 + 128 + 1));
  std::size_t total = 0;
  for (const auto& l : r.held) total += l.bytes;
  BOOST_CHECK_EQUAL(r.total, total);
}

BOOST_AUTO_TEST_CASE(the_arena_is_smaller_than_the_temporary_values) {
  const MemoryReport r = report_of_step(128, {.momentum = 0.9F});
  BOOST_CHECK_GE(bytes(r.temporary, "activations"), 4 * 128 * 256);
  BOOST_CHECK_GE(bytes(r.temporary, "gradients"), 4 * 128 * 256);
  std::size_t apart = 0;
  for (const auto& l : r.temporary) apart += l.bytes;
  BOOST_CHECK_LT(bytes(r.held, "arena of all temporary values"), apart / 2);  // most are never stored
}

BOOST_AUTO_TEST_CASE(the_gradient_of_the_first_layer_is_never_stored) {
  const MemoryReport r = report_of_step(128, {.momentum = 0.9F});
  BOOST_CHECK_GE(bytes(r.temporary, "tiles that are read at once and never stored"), 4 * 784 * 256);
}

BOOST_AUTO_TEST_CASE(plain_sgd_has_no_state) {
  const MemoryReport r = report_of_step(4, {.momentum = 0});
  for (const auto& l : r.held) BOOST_CHECK(l.what != "optimizer state and running statistics");
}

BOOST_AUTO_TEST_CASE(the_text_names_the_largest_values) {
  const std::string text = to_string(report_of_step(128, {.momentum = 0.9F}));
  for (const char* part : {"parameters", "795.0 KiB", "together", "fc1.weight", "largest values"})
    BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos, part << " is not in\n" << text);
}

BOOST_AUTO_TEST_SUITE_END()
