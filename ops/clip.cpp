#include <backflow/ops/clip.h>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Clip {
  static constexpr bool from_output = false;
  static constexpr bool rectifier = true;
  float low, high;
  static std::string kind() { return "clip"; }
  std::string details() const { return str_cat(low, " … ", high); }
  OpOptions options() const { return {{"low", {low}}, {"high", {high}}}; }
  float value(float x) const { return x < low ? low : x > high ? high : x; }
  float gradient(float dy, float x) const { return x >= low && x <= high ? dy : 0; }
};

}  // namespace

Value clip(Value x, const ClipOptions& options) {
  require(options.low <= options.high, "[clip] needs low ≤ high, got ", options.low, " and ", options.high);
  return x.graph->add(std::make_shared<ElementwiseFunction<Clip>>(Clip{options.low, options.high}), {x},
                      options.name)[0];
}

}  // namespace backflow
