#include <backflow/runtime/train/learning_rate.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include <backflow/graph/error.h>

namespace backflow::train {

Schedule::Kind Schedule::parse(const std::string& name) {
  if (name == "constant") return Kind::constant;
  if (name == "step") return Kind::step;
  if (name == "cosine") return Kind::cosine;
  fail("[schedule] unknown kind '", name, "', expected constant, step or cosine");
}

Schedule::Schedule(ScheduleOptions options) : options_(std::move(options)), kind_(parse(options_.kind)) {
  const ScheduleOptions& o = options_;
  require(std::isfinite(o.rate) && o.rate >= 0, "[schedule] rate needs to be ≥ 0 and finite, got ", o.rate);
  require(o.steps >= 1, "[schedule] steps needs to be ≥ 1, got ", o.steps);
  require(o.warmup >= 0 && o.warmup <= o.steps, "[schedule] warmup needs to be 0 … ", o.steps, " steps, got ",
          o.warmup);
  require(o.steps_per_epoch >= 1, "[schedule] steps_per_epoch needs to be ≥ 1, got ", o.steps_per_epoch);
  require(o.drop_every >= 1, "[schedule] drop_every needs to be ≥ 1 epoch, got ", o.drop_every);
  require(std::isfinite(o.drop) && o.drop >= 0, "[schedule] drop needs to be ≥ 0 and finite, got ", o.drop);
}

float Schedule::at(std::int64_t step) const {
  const ScheduleOptions& o = options_;
  double factor = 1;
  if (kind_ == Kind::step) factor = std::pow(o.drop, static_cast<double>(step / o.steps_per_epoch / o.drop_every));
  if (step < o.warmup) {
    factor *= static_cast<double>(step + 1) / static_cast<double>(o.warmup);
  } else if (kind_ == Kind::cosine) {
    const double whole = static_cast<double>(std::max<std::int64_t>(o.steps - o.warmup, 1));
    const double done = std::min(static_cast<double>(step - o.warmup) / whole, 1.0);
    factor = (1 + std::cos(std::numbers::pi * done)) / 2;
  }
  return static_cast<float>(o.rate * factor);
}

}  // namespace backflow::train
