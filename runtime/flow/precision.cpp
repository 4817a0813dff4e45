#include <backflow/runtime/flow/precision.h>

#include <backflow/graph/error.h>
#include <backflow/ops/onednn/bf16_units.h>
#include <backflow/runtime/log/message.h>

namespace backflow {

bool uses_bf16(Precision precision) {
  const Bf16Units units = bf16_units();
  require(precision != Precision::bf16 || units != Bf16Units::absent,
          "precision bf16 needs a CPU with AVX-512, which this one has not; f32 and auto work everywhere");
  if (precision == Precision::automatic && units != Bf16Units::tiles)
    log::message(log::Level::debug, "precision auto is f32 here: this CPU has no AMX");
  return precision == Precision::bf16 || (precision == Precision::automatic && units == Bf16Units::tiles);
}

Precision settled(Precision precision) { return uses_bf16(precision) ? Precision::bf16 : Precision::f32; }

std::string precision_warning(Precision precision) {
  const bool slow = precision == Precision::bf16 && bf16_units() == Bf16Units::emulated;
  return slow ? "this CPU has neither AMX nor AVX512_BF16: bf16 will be slower than f32" : "";
}

}  // namespace backflow
