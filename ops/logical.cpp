#include <backflow/ops/logical.h>

#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Connective {
  static constexpr bool keeps_denormals = true;
  static void gradient(Backward&) {}
};

struct LogicalAnd : Connective {
  static std::string kind() { return "logical_and"; }
  static float of(float a, float b) { return a != 0 && b != 0; }
};

struct LogicalOr : Connective {
  static std::string kind() { return "logical_or"; }
  static float of(float a, float b) { return a != 0 || b != 0; }
};

struct LogicalXor : Connective {
  static std::string kind() { return "logical_xor"; }
  static float of(float a, float b) { return (a != 0) != (b != 0); }
};

struct LogicalNot {
  static std::string kind() { return "logical_not"; }
  float value(float x) const { return x == 0; }
};

}  // namespace

Value logical_and(Value a, Value b, const std::string& name) { return elementwise<LogicalAnd>(a, b, name); }

Value logical_or(Value a, Value b, const std::string& name) { return elementwise<LogicalOr>(a, b, name); }

Value logical_xor(Value a, Value b, const std::string& name) { return elementwise<LogicalXor>(a, b, name); }

Value logical_not(Value x, const std::string& name) { return elementwise_function<LogicalNot>(x, name); }

}  // namespace backflow
