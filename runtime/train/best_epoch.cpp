#include <backflow/runtime/train/best_epoch.h>

namespace backflow::train {

double value_of(Monitor monitor, const Evaluation& evaluation) {
  if (monitor == Monitor::loss) return evaluation.loss;
  return monitor == Monitor::accuracy ? evaluation.accuracy : evaluation.f1;
}

bool BestEpoch::add(std::int64_t epoch, const Evaluation& evaluation) {
  const double value = value_of(monitor_, evaluation);
  const bool is_better = monitor_ == Monitor::loss ? value < value_ : value > value_;
  if (epoch_ > 0 && !is_better) return false;
  epoch_ = epoch;
  value_ = value;
  return true;
}

}  // namespace backflow::train
