#include <backflow/runtime/attack/carlini_wagner.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/attack/ball.h>
#include <backflow/runtime/attack/batch.h>

namespace backflow::attack {
namespace {

constexpr float kInside = 0.999999F;  // atanh(±1) is not finite
constexpr double kFirstConstant = 0.01, kGrowth = 10, kNone = 1e10;
constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kSmall = 1e-8;  // of Adam

/// The constant of one sample, between those that were too small and those that were large enough.
struct Search {
  double constant = kFirstConstant, low = 0, high = kNone;

  void next(bool fooled) {
    (fooled ? high : low) = constant;
    constant = high < kNone ? (low + high) / 2 : constant * kGrowth;
  }
};

/// Of one batch: w, and Adam's moments.
class Minimizer {
 public:
  Minimizer(Victim& victim, Batch& batch, const AttackOptions& o)
      : victim_(victim), batch_(batch), o_(o), searches_(batch.size()) {}

  /// `after` is called after each step.
  void run(std::int64_t steps, const std::function<void()>& after) {
    start();
    std::vector<std::uint8_t> fooled(batch_.size());
    for (std::int64_t step = 1; step <= steps; ++step) {
      const Victim::Gradient g = victim_.gradient(Loss::margin);
      batch_.keep(g.logits, Keep::smallest);
      batch_.each([&](std::size_t i) {
        const float margin = margin_of(batch_.row(g.logits, i), batch_.label(i));
        if (margin > o_.confidence) fooled[i] = 1;
        update(i, batch_.row(g.by_pixels, i), margin < o_.confidence ? searches_[i].constant : 0, step);
      });
      after();
    }
    const auto logits = victim_.logits();
    batch_.keep(logits, Keep::smallest);
    for (std::size_t i = 0; i < batch_.size(); ++i)
      searches_[i].next(fooled[i] != 0 || margin_of(batch_.row(logits, i), batch_.label(i)) > o_.confidence);
  }

 private:
  void start() {
    w_.assign(victim_.pixels().size(), 0.0);
    first_ = second_ = w_;
    batch_.each([&](std::size_t i) {
      const std::span<const float> original = batch_.original(i);
      const std::span<float> current = batch_.current(i);
      const auto w = batch_.row(std::span(w_), i);
      for (std::size_t p = 0; p < w.size(); ++p) {
        w[p] = std::atanh(static_cast<double>(kInside * (2 * original[p] - 1)));
        current[p] = pixel(w[p]);
      }
    });
  }

  static float pixel(double w) { return static_cast<float>((std::tanh(w) + 1) / 2); }

  /// One step of Adam for sample i; `margin_gradient` is of the margin, which grows as the loss falls.
  void update(std::size_t i, std::span<const float> margin_gradient, double constant, std::int64_t step) {
    const std::span<const float> original = batch_.original(i);
    const std::span<float> current = batch_.current(i);
    const auto w = batch_.row(std::span(w_), i), m = batch_.row(std::span(first_), i),
               v = batch_.row(std::span(second_), i);
    const double unbiased1 = 1 - std::pow(kBeta1, step), unbiased2 = 1 - std::pow(kBeta2, step);
    for (std::size_t p = 0; p < w.size(); ++p) {
      const double t = std::tanh(w[p]);
      const double by_pixel = 2 * (static_cast<double>(current[p]) - original[p]) - constant * margin_gradient[p];
      const double g = by_pixel * (1 - t * t) / 2;
      m[p] = kBeta1 * m[p] + (1 - kBeta1) * g;
      v[p] = kBeta2 * v[p] + (1 - kBeta2) * g * g;
      w[p] -= o_.learning_rate * (m[p] / unbiased1) / (std::sqrt(v[p] / unbiased2) + kSmall);
      current[p] = pixel(w[p]);
    }
  }

  Victim& victim_;
  Batch& batch_;
  const AttackOptions& o_;
  std::vector<Search> searches_;
  std::vector<double> w_, first_, second_;  // [batch, C, H, W]
};

}  // namespace

Found carlini_wagner(Victim& victim, const Samples& samples, const Threat& threat, const AttackOptions& o) {
  require(threat.norm == Norm::l2, "[attack] cw is an attack for the norm l2");
  // The smallest is looked for everywhere; what is too large counts only if it fools on the border.
  const Threat anywhere{Norm::l2, std::sqrt(static_cast<float>(victim.length())) + 1};
  const std::int64_t steps = steps_of(o, Method::cw);
  Found found = in_batches(victim, samples, anywhere, o, 1, [&](Batch& batch, std::int64_t) {
    Minimizer minimizer(victim, batch, o);
    std::int64_t done = 0;
    for (std::int64_t search = 0; search < o.searches; ++search)
      minimizer.run(steps, [&] {
        if (o.after_step) o.after_step(++done, victim.pixels());
      });
  });
  bring_back(victim, samples, threat, found);
  return found;
}

}  // namespace backflow::attack
