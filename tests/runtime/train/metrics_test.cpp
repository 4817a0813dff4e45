#include <backflow/runtime/train/metrics.h>

#include <cmath>
#include <limits>

#include "tests/support/count_allocations.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

struct Files : TemporaryFolder {
  std::filesystem::path file = path() / "metrics.jsonl";

  /// Steps [from, to) of a run with 3 steps an epoch.
  static void run_training(MetricsFile& metrics, std::int64_t from, std::int64_t to) {
    for (std::int64_t step = from; step < to; ++step) {
      metrics.write({{"step", step}, {"epoch", step / 3}, {"loss", 1.0F / static_cast<float>(step + 1)}});
      if (step % 3 == 2) metrics.write({{"epoch", step / 3}, {"test_accuracy", 0.5}});
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(metrics, Files)

BOOST_AUTO_TEST_CASE(a_line_is_an_object_in_the_order_given) {
  MetricsFile metrics(file);
  metrics.write({{"step", 12}, {"loss", 0.3F}, {"lr", 0.05}, {"big", 1e20F}, {"size", std::size_t{7}}});
  metrics.write({});
  BOOST_TEST(read_bytes(file) == "{\"step\":12,\"loss\":0.3,\"lr\":0.05,\"big\":1e+20,\"size\":7}\n{}\n");
}

BOOST_AUTO_TEST_CASE(a_line_allocates_nothing) {
  MetricsFile metrics(file);
  const CountAllocations allocations;
  metrics.write({{"step", 12}, {"epoch", 3}, {"loss", 0.3F}, {"lr", 0.05}, {"samples_per_s", 1e5}});
  BOOST_TEST(allocations.so_far() == 0U);
}

BOOST_AUTO_TEST_CASE(numbers_that_json_does_not_have_are_null) {
  MetricsFile(file).write({{"a", std::nanf("")}, {"b", std::numeric_limits<double>::infinity()}});
  BOOST_TEST(read_bytes(file) == "{\"a\":null,\"b\":null}\n");
}

BOOST_AUTO_TEST_CASE(a_new_run_empties_the_old_file) {
  write_bytes(file, "old\n");
  MetricsFile(file).write({{"step", 0}});
  BOOST_TEST(read_bytes(file) == "{\"step\":0}\n");
}

BOOST_AUTO_TEST_CASE(a_resumed_run_leaves_the_file_of_an_uninterrupted_one) {
  MetricsFile whole(path() / "whole");
  run_training(whole, 0, 12);
  for (std::int64_t saved : {0, 1, 5, 6, 12})
    for (std::int64_t reached = saved; reached <= 12; ++reached) {
      MetricsFile first(file);
      run_training(first, 0, reached);
      MetricsFile second(file, {.step = saved, .epoch = saved / 3});
      run_training(second, saved, 12);
      BOOST_TEST(read_bytes(file) == read_bytes(path() / "whole"));
    }
}

BOOST_AUTO_TEST_CASE(an_epoch_that_was_not_evaluated_before_the_checkpoint_is_written_again) {
  MetricsFile first(file);
  run_training(first, 0, 3);
  MetricsFile second(file, {.step = 3, .epoch = 0});
  BOOST_TEST(read_bytes(file).ends_with("{\"step\":2,\"epoch\":0,\"loss\":0.33333334}\n"));
}

BOOST_AUTO_TEST_CASE(a_line_that_was_cut_short_is_dropped) {
  write_bytes(file, "{\"step\":0}\n{\"step\":1");
  MetricsFile(file, {.step = 5, .epoch = 5}).write({{"step", 1}});
  BOOST_TEST(read_bytes(file) == "{\"step\":0}\n{\"step\":1}\n");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_missing_begins_anew) {
  MetricsFile(file, {.step = 5, .epoch = 5}).write({{"step", 5}});
  BOOST_TEST(read_bytes(file) == "{\"step\":5}\n");
}

BOOST_AUTO_TEST_CASE(a_file_of_something_else_is_left_alone) {
  for (const std::string text : {"dear diary\n", "{\"step\":0}\n[1]\n"}) {
    write_bytes(file, text);
    CHECK_FAILS(MetricsFile(file, {.step = 5, .epoch = 5}), "metrics.jsonl: line");
    BOOST_TEST(read_bytes(file) == text);
  }
}

BOOST_AUTO_TEST_CASE(names_the_file_that_cannot_be_written) {
  CHECK_FAILS(MetricsFile(path() / "no" / "m"), "no/m: there is no folder");
  MetricsFile full("/dev/full");
  CHECK_FAILS(full.write({{"step", 0}}), "cannot write /dev/full: No space left on device");
}

BOOST_AUTO_TEST_SUITE_END()
