// Learning rates: a pure function of the step.
#pragma once

#include <array>
#include <cstdint>

#include <backflow/graph/enum_names.h>

namespace backflow::train {

enum class ScheduleKind : std::uint8_t { constant, step, cosine, onecycle, plateau };

struct ScheduleOptions {
  ScheduleKind kind = ScheduleKind::constant;
  double rate = 0.1;                 // the highest
  std::int64_t steps = 1;            // of the whole run
  std::int64_t warmup = 0;           // steps in which the rate grows linearly
  std::int64_t steps_per_epoch = 1;  // for step
  std::int64_t drop_every = 1;       // epochs, for step
  double drop = 0.1;                 // factor, for step
};

/// With r = rate, w = warmup, t = step:
///   warm-up   r (t + 1) / w                              while t < w; then
///   constant  r
///   step      r · drop^⌊t / (steps_per_epoch · drop_every)⌋   (also a factor of the warm-up)
///   cosine    r (1 + cos(π (t − w) / (steps − w))) / 2   (Loshchilov and Hutter 2017, arXiv:1608.03983); 0 at the end
///   plateau   r; what it drops by is Trainer::set_rate_factor()'s, because it depends on how the epochs went
///   onecycle  from r / 25 to r in the first 0.3 · steps, then to r / 250,000 at the last step, both along half a
///   cosine
///             (Smith and Topin 2018, arXiv:1708.07120, as PyTorch's OneCycleLR; momentum stays); has no warm-up
class Schedule {
 public:
  /// Throws an OptionError: the option, what was given and what was expected.
  explicit Schedule(const ScheduleOptions& options);

  float at(std::int64_t step) const;

 private:
  ScheduleOptions options_;
};

}  // namespace backflow::train

template <>
inline constexpr std::array<const char*, 5> backflow::kEnumNames<backflow::train::ScheduleKind>{
    "constant", "step", "cosine", "onecycle", "plateau"};
