// What losses have in common for their callers: how the terms of one batch become one number.
#pragma once

#include <cstdint>
#include <string>

namespace backflow {

enum class Reduction : std::uint8_t {
  mean,        // over all elements
  batch_mean,  // summed over features, averaged over axis 0
  sum,
};

struct LossOptions {
  Reduction reduction = Reduction::mean;
  std::string name = "";
};

}  // namespace backflow
