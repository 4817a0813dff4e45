// The square attack: random search, which asks the network for logits alone.
#pragma once

#include <backflow/runtime/attack/attack.h>

namespace backflow::attack {

/// Andriushchenko et al. 2020 (arXiv:1912.00049), as AutoAttack has it (arXiv:2003.01690): the first of `steps` queries
/// are stripes (linf) or bumps (l2); each other one changes a square, whose side shrinks from √(share · H W), and is
/// kept if the margin z_y − max_{j ≠ y} z_j falls. linf adds ±2ε to each channel of the square, cut to the ball; l2
/// moves the budget of another square into a bump. No gradient is used: where it fools more than the other methods,
/// their gradients are of no use. See attack().
Found square(Victim& victim, const Samples& samples, const Threat& threat, const AttackOptions& options = {});

/// Which part of the pixels a query covers: `share`, halved after 0.1, 0.5, 2, 5, 10, 20, 40, 60 and 80 % of the
/// queries.
double square_share(double share, std::int64_t query, std::int64_t queries);

}  // namespace backflow::attack
