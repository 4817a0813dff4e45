// A learning rate that drops when epochs stop getting better.
#pragma once

#include <cstdint>

namespace backflow::train {

/// The factor for Trainer::set_rate_factor(). After each `wait` epochs without a better one it is multiplied by `drop`.
class Plateau {
 public:
  Plateau(double drop, std::int64_t wait) : drop_(drop), wait_(wait) {}

  /// After an epoch: whether it was the best so far.
  void add(bool is_better) {
    waited_ = is_better ? 0 : waited_ + 1;
    if (waited_ < wait_) return;
    factor_ *= drop_;
    waited_ = 0;
  }
  /// Where a run that goes on was.
  void restore(double factor, std::int64_t waited) { factor_ = factor, waited_ = waited; }

  double factor() const { return factor_; }
  std::int64_t waited() const { return waited_; }

 private:
  double drop_, factor_ = 1;
  std::int64_t wait_, waited_ = 0;
};

}  // namespace backflow::train
