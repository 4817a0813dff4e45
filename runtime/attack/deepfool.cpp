#include <backflow/runtime/attack/deepfool.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <backflow/runtime/attack/ball.h>
#include <backflow/runtime/attack/batch.h>

namespace backflow::attack {
namespace {

constexpr double kBeyond = 1e-4;  // by how much a step goes over the border

/// Classes by their logits, the sample's own first, then the largest ones.
std::vector<std::size_t> ranking(std::span<const float> logits, std::int32_t label, std::size_t count) {
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
  const auto own = std::find(order.begin(), order.end(), static_cast<std::size_t>(label));
  std::rotate(order.begin(), own, own + 1);
  order.resize(count);
  return order;
}

double norm_for(std::span<const float> w, Norm norm) {
  if (norm == Norm::l2) return norm_of(w);
  return std::accumulate(w.begin(), w.end(), 0.0, [](double sum, float v) { return sum + std::abs(v); });
}

/// One batch on its way.
class Walk {
 public:
  Walk(Victim& victim, Batch& batch, const Threat& threat, const AttackOptions& o)
      : victim_(victim), batch_(batch), threat_(threat), o_(o), moved_(victim.pixels().size()) {
    const auto classes = static_cast<std::size_t>(victim_.classes());
    const std::size_t count = std::min(static_cast<std::size_t>(o_.candidates), classes);
    directions_.assign(count - 1, std::vector<float>(static_cast<std::size_t>(victim_.batch()) * classes));
    const auto logits = victim_.logits();
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      ranks_.push_back(ranking(batch_.row(logits, i), batch_.label(i), count));
      for (std::size_t k = 0; k + 1 < count; ++k) {
        directions_[k][i * classes + ranks_[i][k + 1]] = 1;
        directions_[k][i * classes + ranks_[i][0]] = -1;
      }
    }
    arrived_.resize(batch_.size());
  }

  /// One step for each sample that has not arrived; false if none has to go on.
  bool step() {
    const Victim::Directions d = victim_.gradients(directions_);
    batch_.keep(d.logits);
    for (std::size_t i = 0; i < batch_.size(); ++i)
      if (predicted_class(batch_.row(d.logits, i)) != batch_.label(i)) arrived_[i] = 1;
    if (std::all_of(arrived_.begin(), arrived_.end(), [](std::uint8_t a) { return a != 0; })) return false;
    batch_.each([&](std::size_t i) {
      if (arrived_[i] == 0) move(i, d);
    });
    return true;
  }

 private:
  void move(std::size_t i, const Victim::Directions& d) {
    const auto z = batch_.row(d.logits, i);
    double least = 0, size = 0;
    std::span<const float> nearest;
    for (std::size_t k = 0; k < directions_.size(); ++k) {
      const auto w = batch_.row(d.by_pixels[k], i);
      const double norm = norm_for(w, threat_.norm);
      const double distance = std::abs(z[ranks_[i][k + 1]] - z[ranks_[i][0]]) / norm;
      if (norm > 0 && (nearest.empty() || distance < least)) {
        least = distance;
        nearest = w;
        size = norm;
      }
    }
    if (nearest.empty()) return;
    const auto moved = batch_.row(std::span(moved_), i);
    const double length = least + kBeyond;
    for (std::size_t p = 0; p < moved.size(); ++p) {
      const double w = nearest[p];
      moved[p] += static_cast<float>(length * (threat_.norm == Norm::l2 ? w / size : w > 0 ? 1 : w < 0 ? -1 : 0));
    }
    const std::span<const float> original = batch_.original(i);
    const std::span<float> current = batch_.current(i);
    for (std::size_t p = 0; p < moved.size(); ++p)
      current[p] = std::clamp(original[p] + (1 + o_.overshoot) * moved[p], 0.0F, 1.0F);
  }

  Victim& victim_;
  Batch& batch_;
  const Threat& threat_;
  const AttackOptions& o_;
  std::vector<std::vector<std::size_t>> ranks_;
  std::vector<std::vector<float>> directions_;
  std::vector<float> moved_;  // r, [batch, C, H, W]
  std::vector<std::uint8_t> arrived_;
};

}  // namespace

Found deepfool(Victim& victim, const Samples& samples, const Threat& threat, const AttackOptions& o) {
  const std::int64_t steps = steps_of(o, Method::deepfool);
  return in_batches(victim, samples, threat, o, 1, [&](Batch& batch, std::int64_t) {
    Walk walk(victim, batch, threat, o);
    for (std::int64_t step = 1; step <= steps && walk.step(); ++step)
      if (o.after_step) o.after_step(step, victim.pixels());
  });
}

}  // namespace backflow::attack
