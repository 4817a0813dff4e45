// Each step of each attack beside the same in PyTorch: attacks.safetensors, which make_attacks.py writes.
#include <algorithm>

#include <backflow/runtime/files/safetensors.h>
#include "tests/support/attacks.h"
#include "tests/support/reference.h"
#include "tests/support/test.h"

using namespace backflow;
using attack::Method;

namespace {

constexpr std::uint64_t kSeed = 5;

/// The images of the reference, drawn as store.cpp draws first weights.
attack::Samples reference_samples(attack::Victim& victim) {
  const Tensor images = draw("images", {{2, 2, 10, 10}}, uniform(0.1F, 0.9F), kSeed);
  attack::Samples samples{.image = {2, 10, 10}, .pixels = {images.as().begin(), images.as().end()}, .labels = {0, 0}};
  samples.labels = attack::predictions(victim, samples);
  return samples;
}

struct Case {
  Method method;
  std::string name;
  attack::AttackOptions options;
};

std::vector<Case> cases() {
  std::vector<Case> all{{Method::fgsm, "fgsm", {}},
                        {Method::pgd, "pgd", {.steps = 4, .random_start = false}},
                        {Method::mim, "mim", {.steps = 4, .momentum = 0.9F}},
                        {Method::deepfool, "deepfool", {.steps = 3, .candidates = 4}},
                        {Method::cw, "carlini_wagner", {.steps = 4, .searches = 3, .learning_rate = 0.05F}},
                        {Method::square, "square", {.steps = 8, .seed = kSeed}}};
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attacks_beside_torch)

BOOST_AUTO_TEST_CASE(every_step_has_the_same_pixels) {
  const auto reference = files::read_safetensors(reference_folder() / "attacks.safetensors").tensors;
  attacks::SmallVictim small(2, 2);
  const attack::Samples samples = reference_samples(small.victim);
  std::size_t compared = 0;
  for (Case c : cases())
    for (const Norm norm : {Norm::linf, Norm::l2}) {
      if (!attack::supports(c.method, norm)) continue;
      c.options.after_step = [&](std::int64_t step, std::span<const float> pixels) {
        const std::string name = c.name + "/" + name_of(norm) + "/" + std::to_string(step);
        BOOST_REQUIRE_MESSAGE(reference.contains(name), name << " is not in the reference");
        const auto expected = reference.at(name).as();
        double apart = 0;
        for (std::size_t i = 0; i < expected.size(); ++i)
          apart = std::max(apart, std::abs(static_cast<double>(pixels[i]) - expected[i]));
        BOOST_TEST_MESSAGE(name << ": " << apart << " apart");
        BOOST_CHECK_MESSAGE(apart <= 1e-5, name << " is " << apart << " apart");
        ++compared;
      };
      attack::attack(small.victim, samples, {norm, norm == Norm::linf ? 0.1F : 0.6F}, c.method, c.options);
    }
  BOOST_CHECK_EQUAL(compared, reference.size());
}

BOOST_AUTO_TEST_SUITE_END()
