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
  if (o.kind == ScheduleKind::onecycle && o.warmup > 0)
    throw OptionError("warmup", "has no effect with schedule onecycle, which has one of its own", "[schedule] ");
}

namespace {

/// Factors of the rate.
constexpr double kFirst = 1.0 / 25, kLast = kFirst / 1e4, kRise = 0.3;

double one_cycle(double step, double steps) {
  const double top = kRise * steps - 1, last = steps - 1;
  if (top <= 0 && step == 0) return 1;
  const bool rises = step <= top;
  const double done = rises ? step / top : (step - top) / (last - top), from = rises ? kFirst : 1,
               to = rises ? 1 : kLast;
  return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * std::min(done, 1.0)));
}

}  // namespace

float Schedule::at(std::int64_t step) const {
  const ScheduleOptions& o = options_;
  if (o.kind == ScheduleKind::onecycle)
    return static_cast<float>(o.rate * one_cycle(static_cast<double>(step), static_cast<double>(o.steps)));
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
