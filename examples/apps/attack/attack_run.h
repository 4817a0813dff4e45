// A run of `attack`, from its settings to its results.
#pragma once

#include "examples/apps/attack/attack_settings.h"

namespace backflow {

/// Returns the program's status. Throws a UsageError or an Error for what stands in the way.
int run_attack(const AttackFlags& flags);

}  // namespace backflow
