#include <backflow/ops/detail/elementwise_loss.h>

namespace backflow {

float loss_count(Reduction reduction, const Shape& whole) {
  switch (reduction) {
    case Reduction::mean:
      return static_cast<float>(elements(whole));
    case Reduction::batch_mean:
      return static_cast<float>(whole[0]);
    case Reduction::sum:
      return 1;
  }
  fail("unknown reduction");
}

float loss_scale(Reduction reduction, const Shape& whole) { return 1 / loss_count(reduction, whole); }

Layout loss_layout(const Spec& predictions, const Layout& offered) {
  const bool fits = !offered.is_any() && !offered.is_blocked() && is_outermost(predictions.shape, offered, 0);
  return fits ? offered : Layout();
}

void check_loss(const std::string& op, const Spec& predictions, const Spec& targets) {
  require(predictions.type == Type::f32 && !predictions.shape.empty(), "[", op, "] needs f32 predictions, got ",
          to_string(predictions));
  require(predictions == targets, "[", op, "] predictions have shape ", to_string(predictions), ", targets ",
          to_string(targets));
}

}  // namespace backflow
