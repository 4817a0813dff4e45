// The momentum iterative method.
#pragma once

#include <backflow/runtime/attack/attack.h>

namespace backflow::attack {

/// Dong et al. 2018 (arXiv:1710.06081): from the sample itself, `steps` times m ← momentum · m + ∇ / ‖∇‖₁ and x ← Π(x +
/// rate ε sign(m)) for linf, Π(x + rate ε m / ‖m‖₂) for l2. A restart begins at a random point of the ball instead. See
/// attack().
Found mim(Victim& victim, const Samples& samples, const Threat& threat, const AttackOptions& options = {});

}  // namespace backflow::attack
