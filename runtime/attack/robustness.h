// How robust a classifier is: its accuracy under attacks, over the radius ε of the ball.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include <backflow/runtime/attack/attack.h>

namespace backflow::attack {

struct RobustnessOptions {
  Norm norm = Norm::linf;
  std::vector<float> epsilons;  // ascending, above 0
  std::vector<Method> methods;  // all that are to be run
  AttackOptions attack = {};    // of all methods
  std::int64_t queries = 0;     // steps of square; 0: its own number
  std::size_t pictures = 24;    // adversarial ones that are kept, the smallest
  /// Called before a method is run on `samples` samples; deepfool and cw are run once, for the largest ε.
  std::function<void(Method method, float epsilon, std::size_t samples)> before = {};
};

/// The smallest change that any method found for a sample.
struct SampleRobustness {
  std::int32_t prediction = 0;                                // of the sample itself
  double distance = std::numeric_limits<double>::infinity();  // 0 where that is wrong already; ∞ if nothing was found
  std::optional<Method> method = std::nullopt;
};

struct AdversarialPicture {
  std::size_t sample = 0;
  Method method = Method::fgsm;
  std::int32_t prediction = 0;
  double distance = 0;
  std::vector<float> pixels;  // [C, H, W]
};

struct Robustness {
  std::vector<float> epsilons;
  std::vector<Method> methods;
  std::size_t right = 0;                         // samples that the network gets right as they are
  std::vector<std::vector<std::size_t>> robust;  // [methods][epsilons]: of them, those that stay right
  std::vector<std::size_t> strongest;            // [epsilons]: with the strongest of the methods for each sample
  std::vector<SampleRobustness> samples;         // [N]
  std::vector<AdversarialPicture> smallest;      // by distance, ascending
};

/// Attacks what the network gets right, with each method. A picture that was found for one ε counts for all larger
/// ones, so that accuracies never grow with ε. Throws an Error for options that are out of their range.
Robustness measure_robustness(Victim& victim, const Samples& samples, const RobustnessOptions& options);

/// What the network says of the samples, [N].
std::vector<std::int32_t> predictions(Victim& victim, const Samples& samples);
/// Numbers of the samples that the network gets right.
std::vector<std::size_t> right_samples(const Samples& samples, std::span<const std::int32_t> predictions);

}  // namespace backflow::attack
