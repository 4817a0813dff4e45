#include <backflow/ops/log.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Log {
  static constexpr bool from_output = false;
  static std::string kind() { return "log"; }
  float value(float x) const { return std::log(x); }
  float gradient(float dy, float x) const { return dy / x; }
};

}  // namespace

Value log(Value x, const std::string& name) { return elementwise_function<Log>(x, name); }

}  // namespace backflow
