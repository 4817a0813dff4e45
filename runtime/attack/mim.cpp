#include <backflow/runtime/attack/mim.h>

#include <cmath>
#include <numeric>

#include <backflow/graph/random.h>
#include <backflow/runtime/attack/ball.h>
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
    const std::uint32_t stream = stream_of("mim " + std::to_string(restart));
    if (restart > 0)
      batch.each([&](std::size_t i) {
        random_start(batch.current(i), batch.original(i), threat, {o.seed, stream, batch.number(i)});
      });
    for (std::int64_t step = 1; step <= steps; ++step) {
      const Victim::Gradient g = victim.gradient(Loss::cross_entropy);
      batch.keep(g.logits);
      if (!o.after_step && batch.all_fooled()) return;
      batch.each([&](std::size_t i) {
        const auto m = batch.row(std::span(momentum), i);
        accumulate(m, batch.row(g.by_pixels, i), o.momentum);
        step_along(batch.current(i), m, rate * threat.epsilon, threat.norm);
        project(batch.current(i), batch.original(i), threat);
      });
      if (o.after_step) o.after_step(step, victim.pixels());
    }
  });
}

}  // namespace backflow::attack
