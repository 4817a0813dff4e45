// Whether attacks work: what Carlini et al. 2019 (arXiv:1902.06705) and Athalye et al. 2018 (arXiv:1802.00420) would
// check before they believe a robust accuracy.
#pragma once

#include <string>
#include <vector>

#include <backflow/runtime/attack/attack.h>

namespace backflow::attack {

/// One line of the list.
struct SanityCheck {
  std::string claim;    // "more steps are never weaker"
  std::string figures;  // "pgd with 1, 5, 20, 100 steps: 61, 12, 9, 9 of 100 stay right"
  bool holds = false;
};

/// Checks on samples that the network gets right: the gradient is not zero, random noise is weaker than a step along
/// it, one step is weaker than many, more steps are never weaker, the square attack, which sees no gradient, is weaker
/// than pgd, and with an unbounded ε nothing stays right. "Weaker" allows for one sample in a hundred. Of the options
/// the seed and the functions count; `queries` are those of the square attack, 0 for its own number.
std::vector<SanityCheck> check_sanity(Victim& victim, const Samples& right, const Threat& threat,
                                      const AttackOptions& options = {}, std::int64_t queries = 0);

}  // namespace backflow::attack
