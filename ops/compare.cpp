#include <backflow/ops/compare.h>

#include <backflow/ops/detail/broadcast.h>

namespace backflow {
namespace {

struct Comparison {
  static constexpr bool keeps_denormals = true;
  static void gradient(Backward&) {}
};

struct Equal : Comparison {
  static std::string kind() { return "equal"; }
  static float of(float a, float b) { return a == b; }
};

struct Less : Comparison {
  static std::string kind() { return "less"; }
  static float of(float a, float b) { return a < b; }
};

struct Greater : Comparison {
  static std::string kind() { return "greater"; }
  static float of(float a, float b) { return a > b; }
};

struct LessOrEqual : Comparison {
  static std::string kind() { return "less_or_equal"; }
  static float of(float a, float b) { return a <= b; }
};

struct GreaterOrEqual : Comparison {
  static std::string kind() { return "greater_or_equal"; }
  static float of(float a, float b) { return a >= b; }
};

}  // namespace

Value equal(Value a, Value b, const std::string& name) { return elementwise<Equal>(a, b, name); }

Value less(Value a, Value b, const std::string& name) { return elementwise<Less>(a, b, name); }

Value greater(Value a, Value b, const std::string& name) { return elementwise<Greater>(a, b, name); }

Value less_or_equal(Value a, Value b, const std::string& name) { return elementwise<LessOrEqual>(a, b, name); }

Value greater_or_equal(Value a, Value b, const std::string& name) { return elementwise<GreaterOrEqual>(a, b, name); }

}  // namespace backflow
