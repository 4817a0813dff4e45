// Which epoch of a run was the best so far, and whether there is still one to wait for.
#pragma once

#include <array>
#include <cstdint>

#include <backflow/graph/enum_names.h>
#include <backflow/runtime/train/evaluator.h>

namespace backflow::train {

enum class Monitor : std::uint8_t { accuracy, loss, f1 };

/// What `monitor` says of an evaluation.
double value_of(Monitor monitor, const Evaluation& evaluation);

class BestEpoch {
 public:
  /// A better epoch has a higher accuracy or F1, or a lower loss. After `patience` epochs without one there is nothing
  /// more to wait for; 0: never.
  explicit BestEpoch(Monitor monitor, std::int64_t patience = 0) : monitor_(monitor), patience_(patience) {}

  /// Whether the evaluation after `epoch`, which counts from 1, is the best so far.
  bool add(std::int64_t epoch, const Evaluation& evaluation);
  /// What add() noted in a run that goes on.
  void restore(std::int64_t epoch, double value) { epoch_ = epoch, value_ = value; }

  Monitor monitor() const { return monitor_; }
  std::int64_t epoch() const { return epoch_; }  // 0 before the first
  double value() const { return value_; }
  /// Whether waiting is over after `epoch`.
  bool is_over(std::int64_t epoch) const { return patience_ > 0 && epoch_ > 0 && epoch - epoch_ >= patience_; }

 private:
  Monitor monitor_;
  std::int64_t patience_, epoch_ = 0;
  double value_ = 0;
};

}  // namespace backflow::train

template <>
inline constexpr std::array<const char*, 3> backflow::kEnumNames<backflow::train::Monitor>{"accuracy", "loss", "f1"};
