// The data gradient of 1×1 windows where few channels have one: those without are passed over.
#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/kernels/isa.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/preconditions.h"
#include "tests/support/proof.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(sparse_gradient)

BOOST_AUTO_TEST_CASE(a_gradient_of_few_channels_has_the_bits_of_the_whole_product, *needs_avx512()) {
  constexpr std::int64_t channels = 150, pixels = 13 * 11;
  Graph g;
  const Value x = g.input("x", {{2, 40, 13, 11}}), y = conv2d(x, {.out = channels}), dy = g.input("dy", y.spec());
  g.output("dx", gradient({y}, {x}, {dy})[0]);
  const auto dx_of = [&](const std::vector<std::int64_t>& used, float elsewhere) {
    Store store;
    store.freeze();
    Scheduler scheduler(1);
    Flow flow(g, store, scheduler);
    const auto seed = flow.input("dy").as();
    const auto values = proof::detail::random_cotangent(y.shape());
    std::fill(seed.begin(), seed.end(), elsewhere);
    for (std::int64_t n = 0; n < 2; ++n)
      for (const std::int64_t c : used)
        for (std::int64_t i = 0; i < pixels; ++i) {
          const auto at = static_cast<std::size_t>((n * channels + c) * pixels + i);
          if (i % 3 != n) seed[at] = static_cast<float>(values[at]);
        }
    flow.run();
    std::vector dx(flow.output("dx").begin(), flow.output("dx").end());
    for (float& v : dx) v = std::abs(v) < 1e-20F ? 0 : v;
    return dx;
  };
  // 1e-30 is rounded away in every sum, but it is not zero: the whole product is computed.
  for (const std::vector<std::int64_t>& used : {std::vector<std::int64_t>{}, {149}, {0, 15, 16, 77, 148}})
    BOOST_CHECK(dx_of(used, 0) == dx_of(used, 1e-30F));
  BOOST_CHECK(dx_of({3}, 0) != dx_of({4}, 0));
}

BOOST_AUTO_TEST_SUITE_END()
