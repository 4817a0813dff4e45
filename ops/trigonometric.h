// Trigonometric and hyperbolic functions and their inverses, elementwise, in radians; tanh has a header of its own.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// The sine of x, of any shape.
Value sin(Value x, const std::string& name = "");
/// The cosine of x, of any shape.
Value cos(Value x, const std::string& name = "");
/// The tangent of x, of any shape.
Value tan(Value x, const std::string& name = "");
/// The arcsine of x, of any shape; NaN where |x| > 1, the gradient ∞ at ±1.
Value asin(Value x, const std::string& name = "");
/// The arccosine of x, of any shape; NaN where |x| > 1, the gradient −∞ at ±1.
Value acos(Value x, const std::string& name = "");
/// The arctangent of x, of any shape.
Value atan(Value x, const std::string& name = "");
/// The hyperbolic sine of x, of any shape.
Value sinh(Value x, const std::string& name = "");
/// The hyperbolic cosine of x, of any shape.
Value cosh(Value x, const std::string& name = "");
/// The inverse of sinh, x of any shape.
Value asinh(Value x, const std::string& name = "");
/// The inverse of cosh, x of any shape; NaN where x < 1, the gradient ∞ at 1.
Value acosh(Value x, const std::string& name = "");
/// The inverse of tanh, x of any shape; ±∞ at ±1, NaN beyond.
Value atanh(Value x, const std::string& name = "");

}  // namespace backflow
