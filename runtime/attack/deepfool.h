// DeepFool: the way to the nearest border between two classes, as if the network were linear.
#pragma once

#include <backflow/runtime/attack/attack.h>

namespace backflow::attack {

/// Moosavi-Dezfooli, Fawzi and Frossard 2016 (arXiv:1511.04599). With z the logits, y the class and k each of the
/// other `candidates` − 1 classes whose logits of the sample are largest, w = ∇z_k − ∇z_y, f = z_k − z_y: the class
/// with the least |f| / ‖w‖₂ (linf: ‖w‖₁) is the nearest, and r += (|f| / ‖w‖₂ + 1e-4) w / ‖w‖₂ (linf: (|f| / ‖w‖₁ +
/// 1e-4) sign(w)); x becomes the sample + (1 + overshoot) r, cut to 0 … 1, until the network is wrong, for at most
/// `steps` steps. What it finds is small whatever ε is: a picture outside the ball of the threat is brought back to its
/// border, and counts if it still fools there. See attack().
Found deepfool(Victim& victim, const Samples& samples, const Threat& threat, const AttackOptions& options = {});

}  // namespace backflow::attack
