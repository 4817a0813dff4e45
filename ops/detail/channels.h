// What ops on channels share: a value [N, C] or [N, C, H, W] as rows of C numbers, channels innermost. Internal to
// ops/.
#pragma once

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/graph/kernel.h>
#include <backflow/graph/op.h>

namespace backflow {

struct Channels {
  std::int64_t channels, rows;
  explicit Channels(const Shape& x) : channels(x[1]), rows(elements(x) / x[1]) {}
};

inline void require_channels(const char* op, const Spec& x) {
  const bool fits = (x.shape.size() == 2 || x.shape.size() == 4) && x.type == Type::f32;
  require(fits, "[", op, "] input needs shape [N, C] or [N, C, H, W] f32, got ", to_string(x));
}

/// Bytes of scratch that channel_sums needs.
inline std::size_t channel_sums_scratch(std::int64_t channels) { return static_cast<std::size_t>(channels) * 12; }

/// sums[c] = Σ_r term(r, c), in the order of the rows. Blocks of rows are summed in float, so that the loop over the
/// channels vectorizes, and the blocks in double.
template <class Term>
void channel_sums(const Channels& s, std::byte* scratch, float* sums, double factor, const Term& term) {
  constexpr std::int64_t block = 32;
  auto* total = reinterpret_cast<double*>(scratch);
  auto* part = reinterpret_cast<float*>(total + s.channels);
  std::fill_n(total, s.channels, 0.0);
  for (std::int64_t begin = 0; begin < s.rows; begin += block) {
    std::fill_n(part, s.channels, 0.0F);
    for (std::int64_t r = begin; r < std::min(s.rows, begin + block); ++r)
      for (std::int64_t c = 0; c < s.channels; ++c) part[c] += term(r, c);
    for (std::int64_t c = 0; c < s.channels; ++c) total[c] += static_cast<double>(part[c]);
  }
  for (std::int64_t c = 0; c < s.channels; ++c) sums[c] = static_cast<float>(total[c] * factor);
}

/// A kernel that is a plain loop and needs memory of its own for the time of a run.
template <class Body>
class ScratchKernel final : public Kernel {
 public:
  ScratchKernel(std::size_t bytes, Body body) : bytes_(bytes), body_(std::move(body)) {}
  void run(const Buffers& b) override { body_(b); }
  std::size_t scratch_bytes() const override { return bytes_; }

 private:
  std::size_t bytes_;
  Body body_;
};

template <class Body>
std::unique_ptr<Kernel> scratch_kernel(std::size_t bytes, Body body) {
  return std::make_unique<ScratchKernel<Body>>(bytes, std::move(body));
}

}  // namespace backflow
