// What a shape may ask for, whoever writes it: a file, a program or a person.
#pragma once

#include <string>

#include <backflow/graph/spec.h>

namespace backflow {

/// Throws an Error that begins with [name] if a shape has more than kMaxAxes axes or more than 2^40 elements, so that
/// sums of sizes fit 64 bits.
void check_shape(const std::string& name, const Shape& shape);

}  // namespace backflow
