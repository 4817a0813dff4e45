// Bumps of the square attack for the norm l2. Internal to runtime/attack/.
#pragma once

#include <span>
#include <vector>

#include <backflow/runtime/attack/ball.h>

namespace backflow::attack {

/// [side, side], ‖·‖₂ = 1: a bump above and its negative below; side by side if `turned`.
std::vector<float> bump(std::int64_t side, bool turned);

/// What the search for one sample draws from.
struct Plane {
  std::int64_t channels, height, width;
};

/// The first query: bumps of a fifth of the image with random signs, of norm ε, around `original`.
void first_bumps(std::span<float> picture, std::span<const float> original, const Plane& plane, float epsilon,
                 const Draws& draws);
/// Another query: in `picture`, the best so far, the square at a random place gets a bump and what one at another place
/// had of the norm.
void move_bump(std::span<float> picture, std::span<const float> original, const Plane& plane, std::int64_t side,
               float epsilon, const Draws& draws, std::int64_t query);

}  // namespace backflow::attack
