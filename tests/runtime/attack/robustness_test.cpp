#include <backflow/runtime/attack/robustness.h>

#include <backflow/ops/round.h>
#include <backflow/runtime/attack/sanity.h>
#include "tests/support/attacks.h"
#include "tests/support/test.h"

using namespace backflow;
using attack::Method;

namespace {

attack::RobustnessOptions options_for(Norm norm) {
  attack::RobustnessOptions o{.norm = norm, .epsilons = {0.01F, 0.03F, 0.2F}, .methods = {Method::fgsm, Method::pgd}};
  if (norm == Norm::l2) {
    o.epsilons = {0.1F, 0.3F, 2};
    o.methods.push_back(Method::cw);
  }
  o.methods.push_back(Method::deepfool);
  o.methods.push_back(Method::square);
  o.attack = {.steps = 10, .searches = 3};
  o.queries = 20;
  o.pictures = 4;
  return o;
}

/// Steps, whose gradient is zero: what looks robust to attacks by gradients.
Value masked_network(Value pixels) { return attacks::small_network(scale(round(scale(pixels, 16)), 1.0F / 16)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(robustness_)

BOOST_AUTO_TEST_CASE(counts_are_those_of_the_smallest_distances) {
  for (const Norm norm : {Norm::linf, Norm::l2}) {
    attacks::SmallVictim small(2, 8);
    attack::Samples samples = attacks::small_samples(small.victim, 20);
    samples.labels[3] = (samples.labels[3] + 1) % 5;  // the network is wrong about two
    samples.labels[8] = (samples.labels[8] + 1) % 5;
    const attack::RobustnessOptions o = options_for(norm);
    const attack::Robustness r = measure_robustness(small.victim, samples, o);
    BOOST_TEST(r.right == 18U);
    BOOST_TEST(r.samples[3].distance == 0);
    BOOST_TEST(!r.samples[3].method.has_value());
    for (std::size_t e = 0; e < o.epsilons.size(); ++e) {
      std::size_t left = 0, least = samples.size();
      for (const auto& s : r.samples) left += s.distance > o.epsilons[e] ? 1 : 0;
      BOOST_TEST(r.strongest[e] == left);
      for (const auto& counts : r.robust) {
        least = std::min(least, counts[e]);
        BOOST_TEST((e == 0 || counts[e] <= counts[e - 1]));
      }
      BOOST_TEST(r.strongest[e] <= least);
    }
    BOOST_TEST(r.strongest.back() == 0U);
    BOOST_TEST(r.strongest.front() > 0U);
  }
}

BOOST_AUTO_TEST_CASE(the_smallest_pictures_fool_the_network) {
  attacks::SmallVictim small(1, 8);
  const attack::Samples samples = attacks::small_samples(small.victim, 12);
  const attack::Robustness r = measure_robustness(small.victim, samples, options_for(Norm::linf));
  BOOST_REQUIRE_EQUAL(r.smallest.size(), 4U);
  std::vector<double> distances;
  for (const auto& s : r.samples) distances.push_back(s.distance);
  std::sort(distances.begin(), distances.end());
  for (std::size_t k = 0; k < r.smallest.size(); ++k) {
    const attack::AdversarialPicture& p = r.smallest[k];
    BOOST_TEST(p.distance == distances[k]);
    BOOST_TEST(p.distance == attacks::distance(p.pixels, samples.picture(p.sample), Norm::linf));
    const attack::Samples one{.image = samples.image, .pixels = p.pixels, .labels = {0}};
    BOOST_TEST(attack::predictions(small.victim, one)[0] == p.prediction);
    BOOST_TEST(p.prediction != samples.labels[p.sample]);
  }
}

BOOST_AUTO_TEST_CASE(radii_that_are_not_ascending_are_refused) {
  attacks::SmallVictim small(1, 4);
  const attack::Samples samples = attacks::small_samples(small.victim, 2);
  attack::RobustnessOptions o = options_for(Norm::linf);
  for (const std::vector<float>& epsilons :
       {std::vector<float>{}, {0.2F, 0.1F}, {0.1F, 0.1F}, {0.0F}, {std::nanf("")}}) {
    o.epsilons = epsilons;
    CHECK_FAILS(measure_robustness(small.victim, samples, o), "radii");
  }
}

BOOST_AUTO_TEST_CASE(all_checks_hold_where_attacks_work) {
  for (const Norm norm : {Norm::linf, Norm::l2}) {
    attacks::SmallVictim small(2, 32);
    const attack::Samples samples = attacks::small_samples(small.victim, 30);
    const auto list = check_sanity(small.victim, samples, {norm, norm == Norm::linf ? 0.02F : 0.2F}, {}, 60);
    BOOST_TEST(list.size() == 6U);
    for (const attack::SanityCheck& check : list) BOOST_TEST(check.holds, check.claim << ": " << check.figures);
  }
}

BOOST_AUTO_TEST_CASE(a_network_that_hides_its_gradient_is_found_out) {
  attacks::SmallVictim small(2, 32, masked_network);
  const attack::Samples samples = attacks::small_samples(small.victim, 30);
  const auto list = check_sanity(small.victim, samples, {Norm::linf, 0.08F}, {}, 200);
  for (const attack::SanityCheck& check : list) BOOST_TEST_MESSAGE(check.claim << ": " << check.figures);
  BOOST_TEST(!list[0].holds);  // gradients are not zero
  BOOST_TEST(!list[4].holds);  // an attack without gradients is weaker
}

BOOST_AUTO_TEST_SUITE_END()
