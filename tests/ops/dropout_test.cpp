#include <algorithm>

#include <backflow/ops/dropout.h>

#include <backflow/graph/random.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

const DropoutOptions kOptions{.p = 0.3F, .seed = 5, .name = "drop"};

/// Inputs x and step; the mask from its definition.
struct DropoutReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y = in[0];
    const auto step = static_cast<std::uint32_t>(proof::real(in[1].data[0]));
    for (std::size_t i = 0; i < y.data.size(); ++i) {
      const auto words = random_words(kOptions.seed, stream_of("drop"), step, i / 4);
      y.data[i] *= unit_uniform(words[i % 4]) >= kOptions.p ? 1 / (1 - static_cast<double>(kOptions.p)) : 0;
    }
    return y;
  }
};

std::vector<float> ones_dropped(const DropoutOptions& o, std::int32_t step, std::int64_t n) {
  Graph g;
  g.output("y", dropout(g.input("x", {{n}}), g.input("step", {{1}, Type::s32}), o));
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  auto x = flow.input("x").as();
  std::fill(x.begin(), x.end(), 1.0F);
  flow.input("step").as<std::int32_t>()[0] = step;
  flow.run();
  const auto y = flow.output("y");
  return {y.begin(), y.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dropout_)

BOOST_AUTO_TEST_CASE(drops_what_seed_name_step_and_place_say_and_passes_the_gradient_through_the_rest) {
  for (const Shape& s : {Shape{1}, Shape{3, 5}, Shape{2, 3, 5, 7}, Shape{40, 50}})
    for (double step : {0.0, 7.0})
      proof::prove(
          "dropout " + to_string(s), {{s}, {{1}, false, false, 0, 0, {step}, Type::s32}},
          [](Graph&, const auto& v) { return dropout(v[0], v[1], kOptions); }, DropoutReference());
}

BOOST_AUTO_TEST_CASE(keeps_the_mean_and_never_repeats_a_mask) {
  const auto first = ones_dropped(kOptions, 1, 200'000);
  double sum = 0;
  for (float v : first) sum += v;
  BOOST_CHECK_CLOSE(sum / 200'000, 1.0, 1);
  BOOST_CHECK(first == ones_dropped(kOptions, 1, 200'000));
  BOOST_CHECK(first != ones_dropped(kOptions, 2, 200'000));
  BOOST_CHECK(first != ones_dropped({.p = 0.3F, .seed = 6, .name = "drop"}, 1, 200'000));
  BOOST_CHECK(first != ones_dropped({.p = 0.3F, .seed = 5, .name = "other"}, 1, 200'000));
}

BOOST_AUTO_TEST_CASE(evaluation_is_the_value_itself) {
  Graph g;
  const Value x = g.input("x", {{4}}), step = g.input("step", {{1}, Type::s32});
  BOOST_CHECK(dropout(x, step, {.training = false}) == x);
  BOOST_CHECK(dropout(x, step, {.p = 0}) == x);
}

BOOST_AUTO_TEST_CASE(a_mark_is_the_value_with_its_gradient) {
  proof::prove(
      "dropout_mark", {{{3, 5}}}, [](Graph&, const auto& v) { return dropout_mark(v[0], 0.3F, "mark"); },
      [](const auto& in) { return in[0]; });
  Graph g;
  const Value y = dropout_mark(g.input("x", {{4}}), 0.25F);
  BOOST_CHECK((g.node(y).op->traits().options() == OpOptions{{"p", {0.25}}}));
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  const Value x = g.input("x", {{4}});
  CHECK_FAILS(dropout(x, x), "step needs shape [1] s32, got [4]");
  CHECK_FAILS(dropout(x, x, {.p = 1}), "p needs to be in [0, 1), got 1");
  CHECK_FAILS(dropout_mark(x, 1), "p needs to be in [0, 1), got 1");
}

BOOST_AUTO_TEST_SUITE_END()
