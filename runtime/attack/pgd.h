// Projected gradient descent, on the network's accuracy.
#pragma once

#include <backflow/runtime/attack/attack.h>

namespace backflow::attack {

/// Madry et al. 2018 (arXiv:1706.06083): from a random point of the ball, `steps` times x ← Π(x + rate ε sign(∇)) for
/// linf, Π(x + rate ε ∇ / ‖∇‖₂) for l2, where Π projects onto the ball and cuts to 0 … 1; that again `restarts` times.
/// The first picture on the way that the network takes for another class counts. See attack().
Found pgd(Victim& victim, const Samples& samples, const Threat& threat, const AttackOptions& options = {});

}  // namespace backflow::attack
