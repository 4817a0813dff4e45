// Attacks on classifiers: pictures that differ little from given ones and get another class.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <backflow/graph/enum_names.h>
#include <backflow/runtime/attack/threat.h>
#include <backflow/runtime/attack/victim.h>
#include <backflow/runtime/files/option_table.h>

namespace backflow::attack {

/// Pictures with their classes.
struct Samples {
  Shape image;                              // [C, H, W]
  std::vector<float> pixels;                // [N, C, H, W] in 0 … 1
  std::vector<std::int32_t> labels;         // [N]
  std::vector<std::uint32_t> numbers = {};  // [N], by which random numbers are drawn; empty: 0, 1, 2, …

  std::size_t size() const { return labels.size(); }
  std::size_t length() const { return static_cast<std::size_t>(elements(image)); }
  std::span<const float> picture(std::size_t i) const { return std::span(pixels).subspan(i * length(), length()); }
  std::uint32_t number(std::size_t i) const { return numbers.empty() ? static_cast<std::uint32_t>(i) : numbers[i]; }
};

/// Those of the samples, with the random numbers that they had. Throws an Error if there is no such sample.
Samples chosen(const Samples& samples, std::span<const std::size_t> which);
/// Throws an Error if numbers of elements do not fit each other or a pixel lies outside 0 … 1.
void check(const Samples& samples);

/// What an attack found. Every picture lies in the ball of the threat and in 0 … 1, exactly.
struct Found {
  std::vector<float> pixels;              // [N, C, H, W]; where the network was not fooled, the last that was tried
  std::vector<std::int32_t> predictions;  // [N], of these pictures
  std::vector<std::uint8_t> fooled;       // [N], 1 where the prediction is not the sample's class
  std::vector<double> distances;          // [N], from the sample, in the threat's norm
  std::size_t count() const;              // of fooled ones
};

enum class Method : std::uint8_t { fgsm, pgd, mim, deepfool, cw, square };

/// Steps are those of one restart, and 0 the method's own number.
struct AttackOptions {
  std::int64_t steps = 0;        // pgd 50, mim 20, deepfool 50, cw 100 for each search, square 1000 queries; fgsm has 1
  std::int64_t restarts = 1;     // of pgd, mim and square, for samples that are not fooled yet
  float rate = 0;                // length of a step of pgd and mim, as a share of ε; 0: 2.5 / steps, of mim 1 / steps
  bool random_start = true;      // of pgd: uniformly in the ball
  float momentum = 1;            // of mim
  float overshoot = 0.02F;       // of deepfool
  std::int64_t candidates = 10;  // classes that deepfool looks at, the true one included
  float confidence = 0;          // of cw: by how much the margin of the other class is to be above 0
  std::int64_t searches = 5;     // of cw: values of the constant that are tried
  float learning_rate = 0.01F;   // of cw
  float share = 0.8F;            // of square: the part of the pixels that the first squares cover
  std::uint64_t seed = 1;
  /// Called with the victim's pixels, [batch, C, H, W], after each step (query) of a batch; the attack then goes on to
  /// its last step even if all are fooled.
  std::function<void(std::int64_t step, std::span<const float> pixels)> after_step = {};
  /// Called after each batch, of each restart; what it throws ends the attack.
  std::function<void(std::size_t samples)> after_batch = {};
};

/// All of them but the functions.
files::OptionTable table(AttackOptions& options);
/// Throws an OptionError for one that is out of its range.
void check(const AttackOptions& options);
/// Whether the method knows the norm: cw is for l2 alone.
bool supports(Method method, Norm norm);
/// What 0 steps stand for.
std::int64_t usual_steps(Method method);

/// Attacks all samples with one method, `victim.batch()` at once. The result is a pure function of the network, the
/// samples, the batch and the options: same bits at any number of threads. Throws an Error where samples do not fit the
/// network, the method does not know the norm, or an option is out of its range.
Found attack(Victim& victim, const Samples& samples, const Threat& threat, Method method,
             const AttackOptions& options = {});

}  // namespace backflow::attack

namespace backflow {
template <>
inline constexpr std::array kEnumNames<attack::Method>{"fgsm", "pgd", "mim", "deepfool", "cw", "square"};
}  // namespace backflow
