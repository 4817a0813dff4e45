#include <backflow/ops/trigonometric.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Sine {
  static constexpr bool from_output = false;
  static std::string kind() { return "sin"; }
  float value(float x) const { return std::sin(x); }
  float gradient(float dy, float x) const { return dy * std::cos(x); }
};

struct CosineOf {
  static constexpr bool from_output = false;
  static std::string kind() { return "cos"; }
  float value(float x) const { return std::cos(x); }
  float gradient(float dy, float x) const { return -dy * std::sin(x); }
};

struct TangentOf {
  static constexpr bool from_output = true;
  static std::string kind() { return "tan"; }
  float value(float x) const { return std::tan(x); }
  float gradient(float dy, float y) const { return dy * (1 + y * y); }
};

struct Arcsine {
  static constexpr bool from_output = false;
  static std::string kind() { return "asin"; }
  float value(float x) const { return std::asin(x); }
  float gradient(float dy, float x) const { return dy / std::sqrt((1 - x) * (1 + x)); }
};

struct Arccosine {
  static constexpr bool from_output = false;
  static std::string kind() { return "acos"; }
  float value(float x) const { return std::acos(x); }
  float gradient(float dy, float x) const { return -dy / std::sqrt((1 - x) * (1 + x)); }
};

struct Arctangent {
  static constexpr bool from_output = false;
  static std::string kind() { return "atan"; }
  float value(float x) const { return std::atan(x); }
  float gradient(float dy, float x) const { return dy / (1 + x * x); }
};

struct HyperbolicSine {
  static constexpr bool from_output = false;
  static std::string kind() { return "sinh"; }
  float value(float x) const { return std::sinh(x); }
  float gradient(float dy, float x) const { return dy * std::cosh(x); }
};

struct HyperbolicCosine {
  static constexpr bool from_output = false;
  static std::string kind() { return "cosh"; }
  float value(float x) const { return std::cosh(x); }
  float gradient(float dy, float x) const { return dy * std::sinh(x); }
};

struct AreaSine {
  static constexpr bool from_output = false;
  static std::string kind() { return "asinh"; }
  float value(float x) const { return std::asinh(x); }
  float gradient(float dy, float x) const { return dy / std::hypot(x, 1.0F); }
};

struct AreaCosine {
  static constexpr bool from_output = false;
  static std::string kind() { return "acosh"; }
  float value(float x) const { return std::acosh(x); }
  float gradient(float dy, float x) const { return dy / (std::sqrt(x - 1) * std::sqrt(x + 1)); }
};

struct AreaTangent {
  static constexpr bool from_output = false;
  static std::string kind() { return "atanh"; }
  float value(float x) const { return std::atanh(x); }
  float gradient(float dy, float x) const { return dy / ((1 - x) * (1 + x)); }
};

}  // namespace

Value sin(Value x, const std::string& name) { return elementwise_function<Sine>(x, name); }

Value cos(Value x, const std::string& name) { return elementwise_function<CosineOf>(x, name); }

Value tan(Value x, const std::string& name) { return elementwise_function<TangentOf>(x, name); }

Value asin(Value x, const std::string& name) { return elementwise_function<Arcsine>(x, name); }

Value acos(Value x, const std::string& name) { return elementwise_function<Arccosine>(x, name); }

Value atan(Value x, const std::string& name) { return elementwise_function<Arctangent>(x, name); }

Value sinh(Value x, const std::string& name) { return elementwise_function<HyperbolicSine>(x, name); }

Value cosh(Value x, const std::string& name) { return elementwise_function<HyperbolicCosine>(x, name); }

Value asinh(Value x, const std::string& name) { return elementwise_function<AreaSine>(x, name); }

Value acosh(Value x, const std::string& name) { return elementwise_function<AreaCosine>(x, name); }

Value atanh(Value x, const std::string& name) { return elementwise_function<AreaTangent>(x, name); }

}  // namespace backflow
