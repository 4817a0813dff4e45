#include <backflow/runtime/attack/mim.h>

#include <cmath>
#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/runtime/attack/batch.h>

namespace backflow::attack {
namespace {

/// m ← momentum · m + g / ‖g‖₁
void accumulate(std::span<float> m, std::span<const float> g, float momentum) {
  const double size = std::accumulate(g.begin(), g.end(), 0.0, [](double sum, float v) { return sum + std::abs(v); });
  const auto scale = static_cast<float>(size > 0 ? 1 / size : 0.0);
  for (std::size_t i = 0; i < m.size(); ++i) m[i] = momentum * m[i] + scale * g[i];
}

}  // namespace

Found mim(Victim& victim, const Samples& samples, const Threat& threat, const AttackOptions& o) {
  const std::int64_t steps = steps_of(o, Method::mim);
  const float rate = o.rate > 0 ? o.rate : 1 / static_cast<float>(steps);
  std::vector<float> momentum(victim.pixels().size());
  return in_batches(victim, samples, threat, o, o.restarts, [&](Batch& batch, std::int64_t restart) {
    std::fill(momentum.begin(), momentum.end(), 0.0F);
    if (restart > 0) batch.start_at_random(o.seed, str_cat("mim ", restart));
    batch.ascend(o, steps, rate, [&](std::size_t i, std::span<const float> gradient) {
      const auto m = batch.row(std::span(momentum), i);
      accumulate(m, gradient, o.momentum);
      return m;
    });
  });
}

}  // namespace backflow::attack
