#include <algorithm>

#include <backflow/runtime/dream/octave/ascent.h>
#include <backflow/runtime/scheduler/scheduler.h>

#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;

namespace {

DreamOptions options() {
  DreamOptions o;
  o.width = 12;
  o.height = 10;
  o.steps = 11;
  return o;
}

/// Pulls of an image, and their gradient.
std::pair<std::vector<float>, std::vector<float>> pulled(const DreamOptions& o, const std::vector<float>& image) {
  Graph g;
  const Value x = g.input("x", {{1, 1, 10, 12}});
  const auto regularizers = append_regularizers(x, o);
  for (std::size_t i = 0; i < regularizers.size(); ++i) g.output("pull" + std::to_string(i), regularizers[i].value);
  g.output("dx", pixel_gradient(regularizers, x));
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  std::copy(image.begin(), image.end(), flow.input("x").as().begin());
  flow.run();
  std::vector<float> totals;
  for (std::size_t i = 0; i < regularizers.size(); ++i)
    totals.push_back(regularizers[i].weight * flow.scalar("pull" + std::to_string(i)));
  return {totals, {flow.output("dx").begin(), flow.output("dx").end()}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ascent)

BOOST_AUTO_TEST_CASE(rates_and_widths_go_from_their_first_to_their_last_value) {
  DreamOptions o = options();
  o.learning_rate = 0.02F;
  o.learning_rate_end = 0.01F;
  o.gradient_blur = 1;
  o.gradient_blur_end = 0.5F;
  o.blur = 0.6F;
  o.blur_end = 0.2F;
  o.blur_every = 4;
  BOOST_CHECK_EQUAL(values_of(o, 0).rate, 0.02F);
  BOOST_CHECK_CLOSE(values_of(o, 5).rate, 0.015F, 1e-4);
  BOOST_CHECK_EQUAL(values_of(o, 10).rate, 0.01F);
  BOOST_CHECK_CLOSE(values_of(o, 5).gradient_sigma, 0.75F, 1e-4);
  BOOST_CHECK_EQUAL(values_of(o, 2).blur_sigma, 0);
  BOOST_CHECK_CLOSE(values_of(o, 3).blur_sigma, 0.48F, 1e-4);
  o.schedule = Schedule::cosine;
  BOOST_CHECK_CLOSE(values_of(o, 5).rate, 0.015F, 1e-4);
  BOOST_CHECK_GT(values_of(o, 2).rate, 0.018F);
}

BOOST_AUTO_TEST_CASE(pulls_are_sums_over_the_image_times_their_weights) {
  DreamOptions o = options();
  o.tv = 2;
  o.l1 = 3;
  o.l2 = 5;
  o.boundary = 7;
  std::vector<float> image(120, 0.5F);
  image[5 * 12 + 6] = 0.75F;  // in the middle
  image[0] = 0.25F;           // in the corner
  const auto [totals, dx] = pulled(o, image);
  BOOST_REQUIRE_EQUAL(totals.size(), 4);
  BOOST_CHECK_CLOSE(totals[0], -2 * (4 * 0.25F + 2 * 0.25F), 1e-3);
  BOOST_CHECK_CLOSE(totals[1], -3 * 0.5F, 1e-3);
  BOOST_CHECK_CLOSE(totals[2], -5 * 2 * 0.0625F, 1e-3);
  BOOST_CHECK_CLOSE(totals[3], -7 * 0.0625F, 1e-3);
  BOOST_CHECK_CLOSE(dx[5 * 12 + 6], -2 * 4 - 3 - 5 * 2 * 0.25F, 1e-3);
  BOOST_CHECK_CLOSE(dx[0], 2 * 2 + 3 + 5 * 2 * 0.25F + 7 * 2 * 0.25F, 1e-3);
}

BOOST_AUTO_TEST_CASE(a_weight_of_zero_pulls_nothing) {
  Graph g;
  BOOST_CHECK(append_regularizers(g.input("x", {{1, 1, 10, 12}}), options()).empty());
}

BOOST_AUTO_TEST_CASE(a_step_climbs_decays_and_stays_in_bounds) {
  DreamOptions o = options();
  o.decay = 0.5F;
  o.toward = 0.4F;
  for (bool clamp : {true, false}) {
    o.clamp = clamp;
    Graph g;
    const DecodedImage p = append_image(g, o, {1, 1, 10, 12});
    append_ascent(p, g.input("gradient", {{1, 1, 10, 12}}), o);
    Store store;
    Scheduler scheduler(1);
    Flow flow(g, store, scheduler);
    std::ranges::fill(store.at("image").as(), 0.6F);
    std::ranges::fill(flow.input("gradient").as(), 3.0F);
    flow.input("gradient").as()[0] = -3;
    flow.input("rate").as()[0] = 0.25F;
    flow.run();
    const Tensor image = store.plain("image");
    BOOST_CHECK_CLOSE(image.as()[1], clamp ? 1.0F : 0.6F + 0.75F - 0.1F, 1e-3);
    BOOST_CHECK_CLOSE(image.as()[0] + 1, clamp ? 1.0F : 1 + 0.6F - 0.75F - 0.1F, 1e-3);
  }
}

BOOST_AUTO_TEST_CASE(the_image_is_blurred_in_the_steps_that_say_so) {
  DreamOptions o = options();
  o.blur = o.blur_end = 1;
  o.blur_every = 2;
  Graph g;
  const DecodedImage p = append_image(g, o, {1, 1, 10, 12});
  append_ascent(p, g.input("gradient", {{1, 1, 10, 12}}), o);
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  store.at("image").as()[5 * 12 + 6] = 1;
  for (std::int64_t step : {0, 1}) {
    write_values(flow, o, step, step);
    flow.run();
    const Tensor image = store.plain("image");
    const float peak = image.as()[5 * 12 + 6];
    float total = 0;
    for (float v : image.as()) total += v;
    if (step == 0) BOOST_CHECK_EQUAL(peak, 1);
    if (step == 1) BOOST_CHECK(peak > 0.1F && peak < 0.25F);
    BOOST_CHECK_CLOSE(total, 1, 1e-3);
  }
}

BOOST_AUTO_TEST_SUITE_END()
