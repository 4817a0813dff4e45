// Whether this CPU and this oneDNN compute with bf16, and how well.
#pragma once

namespace backflow {

enum class Bf16Units {
  absent,    // oneDNN has no kernels for it
  emulated,  // slower than f32
  vectors,   // AVX512_BF16: products of twice f32's speed
  tiles      // AMX: many times f32's speed
};

Bf16Units bf16_units();

}  // namespace backflow
