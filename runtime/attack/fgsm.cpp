#include <backflow/runtime/attack/fgsm.h>

#include <backflow/runtime/attack/ball.h>
#include <backflow/runtime/attack/batch.h>

namespace backflow::attack {

Found fgsm(Victim& victim, const Samples& samples, const Threat& threat, const AttackOptions& o) {
  return in_batches(victim, samples, threat, o, 1, [&](Batch& batch, std::int64_t) {
    const auto g = victim.gradient(Loss::cross_entropy).by_pixels;
    batch.each([&](std::size_t i) {
      step_along(batch.current(i), batch.row(g, i), threat.epsilon, threat.norm);
      project(batch.current(i), batch.original(i), threat);
    });
    if (o.after_step) o.after_step(1, victim.pixels());
  });
}

}  // namespace backflow::attack
