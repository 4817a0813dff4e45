#include <backflow/runtime/attack/attack.h>

#include <backflow/ops/multiply.h>
#include <backflow/ops/round.h>
#include "tests/support/attacks.h"
#include "tests/support/test.h"

using namespace backflow;
using attack::Found;
using attack::Method;
using attack::Samples;

namespace {

constexpr Method kMethods[] = {Method::fgsm, Method::pgd, Method::mim, Method::deepfool, Method::cw, Method::square};

attack::AttackOptions short_options() { return {.steps = 6, .restarts = 2, .searches = 2}; }

template <class Body>
void for_each_attack(const Body& body) {
  for (const Method method : kMethods)
    for (const Norm norm : {Norm::linf, Norm::l2})
      if (attack::supports(method, norm)) body(method, norm);
}

/// logits = (w · x, −w · x) with w = 1 in each of 8 pixels: the border is where they sum to zero.
Value linear_classifier(Value pixels) {
  const Value w =
      pixels.graph->constant("w", {{2, 8}}, from_values({1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1}));
  const Value b = pixels.graph->constant("b", {{2}}, from_values({-4, 4}));
  return linear(flatten(pixels), w, b);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attacks_)

BOOST_AUTO_TEST_CASE(every_picture_lies_in_the_ball_and_in_0_to_1_exactly) {
  attacks::SmallVictim small(2, 8);
  const Samples samples = attacks::small_samples(small.victim, 13);
  for_each_attack([&](Method method, Norm norm) {
    for (const float epsilon : {0.004F, 1.0F / 3, 1.7F}) {
      const Found found = attack::attack(small.victim, samples, {norm, epsilon}, method, short_options());
      for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto picture = std::span(found.pixels).subspan(i * samples.length(), samples.length());
        const double d = attacks::distance(picture, samples.picture(i), norm);
        BOOST_TEST(d <= epsilon, name_of(method) << ", " << name_of(norm) << ", " << epsilon << ": " << d);
        BOOST_TEST(d == found.distances[i]);
        for (const float v : picture) BOOST_REQUIRE(v >= 0 && v <= 1);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(predictions_are_those_of_the_pictures) {
  attacks::SmallVictim small(1, 8);
  const Samples samples = attacks::small_samples(small.victim, 11);
  for_each_attack([&](Method method, Norm norm) {
    const Found found =
        attack::attack(small.victim, samples, {norm, norm == Norm::linf ? 0.05F : 0.5F}, method, short_options());
    Samples again = samples;
    again.pixels = found.pixels;
    BOOST_TEST(attack::predictions(small.victim, again) == found.predictions, boost::test_tools::per_element());
    for (std::size_t i = 0; i < samples.size(); ++i)
      BOOST_TEST((found.fooled[i] != 0) == (found.predictions[i] != samples.labels[i]));
  });
}

BOOST_AUTO_TEST_CASE(bits_do_not_depend_on_the_threads) {
  for_each_attack([&](Method method, Norm norm) {
    std::vector<Found> all;
    for (const int threads : {1, 2, 4, 8}) {
      attacks::SmallVictim small(threads, 8);
      const Samples samples = attacks::small_samples(small.victim, 11);
      all.push_back(
          attack::attack(small.victim, samples, {norm, norm == Norm::linf ? 0.03F : 0.3F}, method, short_options()));
      BOOST_TEST((all.back().pixels == all.front().pixels && all.back().fooled == all.front().fooled),
                 name_of(method) << ", " << name_of(norm) << " on " << threads << " threads");
    }
  });
}

BOOST_AUTO_TEST_CASE(random_numbers_belong_to_samples_not_to_batches) {
  attacks::SmallVictim small(2, 4);
  const Samples samples = attacks::small_samples(small.victim, 9);
  const std::vector<std::size_t> which{7, 2, 5};
  for (const Method method : {Method::pgd, Method::square}) {
    attack::AttackOptions o{.steps = 1};
    std::vector<float> all, some;
    const Found of_all = attack::attack(small.victim, samples, {Norm::linf, 0.001F}, method, o);
    const Found of_some = attack::attack(small.victim, chosen(samples, which), {Norm::linf, 0.001F}, method, o);
    for (std::size_t k = 0; k < which.size(); ++k) {
      const auto a = std::span(of_all.pixels).subspan(which[k] * 200, 200),
                 b = std::span(of_some.pixels).subspan(k * 200, 200);
      BOOST_TEST(attacks::distance(a, b, Norm::linf) < 1e-6, name_of(method));
    }
  }
}

BOOST_AUTO_TEST_CASE(of_a_linear_classifier_the_border_is_found_where_it_is) {
  Scheduler scheduler(1);
  Store store;
  attack::Victim victim(linear_classifier, {1, 2, 4}, store, scheduler, 4);
  // The sum of pixels is 4.8: the border is 0.1 a pixel away in linf, 0.8 / √8 = 0.283 in l2.
  const Samples samples{.image = {1, 2, 4}, .pixels = std::vector<float>(8, 0.6F), .labels = {0}};
  for_each_attack([&](Method method, Norm norm) {
    const float border = norm == Norm::linf ? 0.1F : 0.2829F;
    attack::AttackOptions o{.steps = method == Method::square ? 300 : 60, .searches = 6};
    BOOST_TEST(attack::attack(victim, samples, {norm, 0.95F * border}, method, o).count() == 0U, name_of(method));
    const bool only_bumps = method == Method::square && norm == Norm::l2;  // whose sum is zero
    if (!only_bumps)
      BOOST_TEST(attack::attack(victim, samples, {norm, 1.1F * border}, method, o).count() == 1U, name_of(method));
    if (method == Method::deepfool || method == Method::cw)
      BOOST_CHECK_CLOSE(attack::attack(victim, samples, {norm, 0.9F}, method, o).distances[0], border, 3);
  });
}

BOOST_AUTO_TEST_CASE(a_restart_goes_on_with_the_samples_that_none_has_fooled) {
  attacks::SmallVictim small(1, 8);
  const Samples samples = attacks::small_samples(small.victim, 16);
  std::vector<std::size_t> seen;
  attack::AttackOptions o{.steps = 2, .restarts = 3};
  o.after_batch = [&](std::size_t n) { seen.push_back(n); };
  const std::size_t once =
      attack::attack(small.victim, samples, {Norm::linf, 0.02F}, Method::pgd, {.steps = 2}).count();
  const std::size_t thrice = attack::attack(small.victim, samples, {Norm::linf, 0.02F}, Method::pgd, o).count();
  BOOST_TEST(thrice >= once);
  BOOST_TEST(seen.at(0) == 8U);
  std::size_t after_the_first = 0;
  for (std::size_t i = 2; i < seen.size(); ++i) after_the_first += seen[i];
  BOOST_TEST(after_the_first <= 2 * (samples.size() - once));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused) {
  attacks::SmallVictim small(1, 4);
  const Samples samples = attacks::small_samples(small.victim, 2);
  const attack::Threat threat{Norm::linf, 0.1F};
  const auto run = [&](const Samples& s, const attack::Threat& t, Method m, const attack::AttackOptions& o = {}) {
    return attack::attack(small.victim, s, t, m, o);
  };
  CHECK_FAILS(run(samples, threat, Method::cw), "cw is an attack for the norm l2");
  CHECK_FAILS(run(samples, threat, Method::pgd, {.restarts = 0}), "restarts needs");
  CHECK_FAILS(run(samples, threat, Method::pgd, {.rate = std::nanf("")}), "rate");
  for (const float epsilon : {-1.0F, std::nanf(""), INFINITY})
    CHECK_FAILS(run(samples, {Norm::l2, epsilon}, Method::pgd), "radius");
  Samples other = samples;
  other.pixels[7] = 1.5F;
  CHECK_FAILS(run(other, threat, Method::pgd), "sample 0 has the pixel 1.5, expected 0 … 1");
  other = samples;
  other.labels[1] = 5;
  CHECK_FAILS(run(other, threat, Method::pgd), "sample 1 has class 5, the network has classes 0 … 4");
  other = samples;
  other.labels.pop_back();
  CHECK_FAILS(run(other, threat, Method::pgd), "pixels");
  other = samples;
  other.image = {2, 20, 5};
  CHECK_FAILS(run(other, threat, Method::pgd), "images are [2, 20, 5], expected [2, 10, 10]");
  Scheduler scheduler(1);
  Store store;
  const auto victim = [&](const models::Network& network) {
    attack::Victim v(network, {2, 10, 10}, store, scheduler, 2);
  };
  CHECK_FAILS(victim([](Value x) { return x; }), "at least 2 classes");
  CHECK_FAILS(victim([](Value x) { return linear(flatten(x), {.out = 1, .name = "one"}); }), "at least 2 classes");
}

BOOST_AUTO_TEST_SUITE_END()
