#include <backflow/ops/stop_gradient.h>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/copy.h>

namespace backflow {
namespace {

class StopGradient final : public Copy {
 public:
  std::string kind() const override { return "stop_gradient"; }
  void gradient(Backward&) const override {}  // which sets none
};

}  // namespace

Value stop_gradient(Value x, const std::string& name) {
  return x.graph->add(std::make_shared<StopGradient>(), {x}, name)[0];
}

}  // namespace backflow
