#include <backflow/ops/shrink.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Shrink {
  static constexpr bool from_output = false;
  float threshold, bias;
  static std::string kind() { return "shrink"; }
  std::string details() const { return str_cat("± ", threshold, " bias ", bias); }
  OpOptions options() const { return {{"threshold", {threshold}}, {"bias", {bias}}}; }
  bool is_small(float x) const { return std::abs(x) <= threshold; }  // not NaN, which stays NaN
  float value(float x) const { return is_small(x) ? 0 : x > 0 ? x - bias : x + bias; }
  float gradient(float dy, float x) const { return is_small(x) ? 0 : dy; }
};

}  // namespace

Value shrink(Value x, const ShrinkOptions& options) {
  require(options.threshold >= 0, "[shrink] threshold needs to be ≥ 0, got ", options.threshold);
  return elementwise_function(x, options.name, Shrink{options.threshold, options.bias});
}

}  // namespace backflow
