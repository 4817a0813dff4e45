#include <backflow/ops/pick.h>
#include <backflow/runtime/scheduler/scheduler.h>

#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

struct PickReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto& x = in[0];
    const std::int64_t places = elements(x.shape) / (x.shape[0] * x.shape[1]);
    Shape shape = x.shape;
    shape.erase(shape.begin() + 1);
    Array<T> y(shape);
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (std::int64_t p = 0; p < places; ++p) {
        const auto channel = static_cast<std::int64_t>(proof::real(in[1](n)));
        y.data[static_cast<std::size_t>(n * places + p)] =
            x.data[static_cast<std::size_t>((n * x.shape[1] + channel) * places + p)];
      }
    return y;
  }
};

proof::Input index(std::vector<double> values) {
  const auto n = static_cast<std::int64_t>(values.size());
  return {{n}, false, false, 0, 1, std::move(values), Type::s32};
}

proof::Builder pick_builder() {
  return [](Graph&, const std::vector<Value>& v) { return pick(v[0], v[1]); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pick_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove("pick a logit", {{{1, 1}}, index({0})}, pick_builder(), PickReference());
  proof::prove("pick logits", {{{3, 5}}, index({4, 0, 2})}, pick_builder(), PickReference(), {.linear_in = {0}});
  proof::prove("pick channels", {{{2, 3, 4, 5}}, index({1, 2})}, pick_builder(), PickReference(), {.linear_in = {0}});
}

BOOST_AUTO_TEST_CASE(treats_each_sample_alone) {
  proof::check_samples_alone("pick", {{{1, 24, 60, 60}}, index({7})}, pick_builder(), 5);
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  Value x = g.input("x", {{2, 10}}), i = g.input("i", {{2}, Type::s32});
  CHECK_FAILS(pick(g.input("flat", {{2}}), i), "needs shape [N, C] or [N, C, H, W], got [2]");
  CHECK_FAILS(pick(x, g.input("j", {{3}, Type::s32})), "indices need shape [2] s32, got [3] s32");
  g.output("y", pick(x, i));
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  flow.input("i").as<std::int32_t>()[1] = 10;
  CHECK_FAILS(flow.run(), "index 10 is not in 0 … 9");
}

BOOST_AUTO_TEST_SUITE_END()
