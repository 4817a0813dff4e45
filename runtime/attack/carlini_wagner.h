// The attack of Carlini and Wagner for the norm l2.
#pragma once

#include <backflow/runtime/attack/attack.h>

namespace backflow::attack {

/// Carlini and Wagner 2017 (arXiv:1608.04644), the attack for l2 without a target. Adam minimizes ‖x − x₀‖² + c ·
/// max(z_y − max_{j ≠ y} z_j + confidence, 0) over w, where x = (tanh w + 1) / 2, from w of the sample, for `steps`
/// steps of `learning_rate`. That for `searches` constants c: 0.01 at first, then ten times as much until the network
/// is fooled, then the middle between one that did and one that did not. The smallest picture counts; where it lies
/// outside the ball of the threat it is brought back to its border, and counts if it still fools there. See attack();
/// throws an Error for another norm.
Found carlini_wagner(Victim& victim, const Samples& samples, const Threat& threat, const AttackOptions& options = {});

}  // namespace backflow::attack
