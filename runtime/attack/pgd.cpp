#include <backflow/runtime/attack/pgd.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/attack/batch.h>

namespace backflow::attack {

Found pgd(Victim& victim, const Samples& samples, const Threat& threat, const AttackOptions& o) {
  const std::int64_t steps = steps_of(o, Method::pgd);
  const float rate = o.rate > 0 ? o.rate : 2.5F / static_cast<float>(steps);
  return in_batches(victim, samples, threat, o, o.restarts, [&](Batch& batch, std::int64_t restart) {
    if (o.random_start) batch.start_at_random(o.seed, str_cat("pgd ", restart));
    batch.ascend(o, steps, rate, [](std::size_t, std::span<const float> gradient) { return gradient; });
  });
}

}  // namespace backflow::attack
