#include <backflow/runtime/train/learning_rate.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <backflow/runtime/files/option_table.h>

namespace backflow::train {

Schedule::Schedule(const ScheduleOptions& options) : options_(options) {
  using files::at_least;
  ScheduleOptions& o = options_;
  files::check({{"rate", &o.rate, "", at_least(0)},
                {"steps", &o.steps, "", at_least(1)},
                {"warmup", &o.warmup, "", {0, static_cast<double>(o.steps)}},
                {"steps_per_epoch", &o.steps_per_epoch, "", at_least(1)},
                {"drop_every", &o.drop_every, "", at_least(1)},
                {"drop", &o.drop, "", at_least(0)}},
               "[schedule] ");
}

float Schedule::at(std::int64_t step) const {
  const ScheduleOptions& o = options_;
  double factor = 1;
  if (o.kind == ScheduleKind::step)
    factor = std::pow(o.drop, static_cast<double>(step / o.steps_per_epoch / o.drop_every));
  if (step < o.warmup) {
    factor *= static_cast<double>(step + 1) / static_cast<double>(o.warmup);
  } else if (o.kind == ScheduleKind::cosine) {
    const double whole = static_cast<double>(std::max<std::int64_t>(o.steps - o.warmup, 1));
    const double done = std::min(static_cast<double>(step - o.warmup) / whole, 1.0);
    factor = (1 + std::cos(std::numbers::pi * done)) / 2;
  }
  return static_cast<float>(o.rate * factor);
}

}  // namespace backflow::train
