#include <backflow/runtime/attack/pgd.h>

#include <algorithm>

#include <backflow/graph/random.h>
#include <backflow/runtime/attack/ball.h>
#include <backflow/runtime/attack/batch.h>

namespace backflow::attack {

Found pgd(Victim& victim, const Samples& samples, const Threat& threat, const AttackOptions& o) {
  const std::int64_t steps = steps_of(o, Method::pgd);
  const float rate = o.rate > 0 ? o.rate : 2.5F / static_cast<float>(steps);
  return in_batches(victim, samples, threat, o, o.restarts, [&](Batch& batch, std::int64_t restart) {
    const std::uint32_t stream = stream_of("pgd " + std::to_string(restart));
    if (o.random_start)
      batch.each([&](std::size_t i) {
        random_start(batch.current(i), batch.original(i), threat, {o.seed, stream, batch.number(i)});
      });
    for (std::int64_t step = 1; step <= steps; ++step) {
      const Victim::Gradient g = victim.gradient(Loss::cross_entropy);
      batch.keep(g.logits);
      if (!o.after_step && batch.all_fooled()) return;
      batch.each([&](std::size_t i) {
        step_along(batch.current(i), batch.row(g.by_pixels, i), rate * threat.epsilon, threat.norm);
        project(batch.current(i), batch.original(i), threat);
      });
      if (o.after_step) o.after_step(step, victim.pixels());
    }
  });
}

}  // namespace backflow::attack
