#include <backflow/runtime/train/learning_rate.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/option_table.h>

namespace backflow::train {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

Schedule::Schedule(const ScheduleOptions& options) : options_(options) {
  const auto check = [](const char* option, double value, double min, double max = kInfinity) {
    const files::Range range{min, max};
    if (!range.contains(value))
      throw OptionError(option, str_cat("needs ", range.text(), ", got ", value), "[schedule] ");
  };
  check("rate", options.rate, 0);
  check("steps", static_cast<double>(options.steps), 1);
  check("warmup", static_cast<double>(options.warmup), 0, static_cast<double>(options.steps));
  check("steps_per_epoch", static_cast<double>(options.steps_per_epoch), 1);
  check("drop_every", static_cast<double>(options.drop_every), 1);
  check("drop", options.drop, 0);
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
