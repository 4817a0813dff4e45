// The fast gradient sign method: one step to the border of the ball.
#pragma once

#include <backflow/runtime/attack/attack.h>

namespace backflow::attack {

/// Goodfellow, Shlens and Szegedy 2015 (arXiv:1412.6572): x + ε sign(∇) for linf, x + ε ∇ / ‖∇‖₂ for l2, cut to 0 … 1.
/// ∇ is the gradient of the cross-entropy. See attack().
Found fgsm(Victim& victim, const Samples& samples, const Threat& threat, const AttackOptions& options = {});

}  // namespace backflow::attack
