// How far an adversary may move an input: a norm and a radius.
#pragma once

#include <string>

#include <backflow/graph/spec.h>
#include <backflow/ops/ball.h>

namespace backflow::attack {

using backflow::to_string;

/// Of pixels in 0 … 1: every sample within `epsilon` of the original by `norm`, with values in 0 … 1.
struct Threat {
  Norm norm = Norm::linf;
  float epsilon = 0;

  bool operator==(const Threat&) const = default;
};

/// "linf:8/255", "linf:0.1", "l2:0.5". Throws an OptionError about `option` for anything else, and for a radius that is
/// not above 0, or with which any picture may become any other one: 1 and more of linf.
Threat parse_threat(const std::string& text, const std::string& option = "threat");
/// Back, with the fewest digits that give the same radius.
std::string to_string(const Threat& threat);

}  // namespace backflow::attack
