// What an op says about bf16: which of its values may be held in it. The compiler's pass `narrow` decides.
#pragma once

#include <optional>
#include <vector>

#include <backflow/graph/op.h>

namespace backflow {

/// Values of an op that its kernels can read or write in bf16; those of another type than f32 never count.
struct Narrowing {
  bool pays = false;  // products that are worth the conversion of what they read; they can write f32 as well
  std::vector<bool> in, out;
};

/// An op with kernels for bf16. Where it does not pay by itself, all of its narrow values have one type, f32 or bf16.
class Narrowable {
 public:
  virtual ~Narrowable() = default;
  virtual Narrowing narrowing(const Signature& whole) const = 0;
};

/// An elementwise update that can write the value of its first output in bf16 too: as one more output, the last.
class Mirrored {
 public:
  virtual ~Mirrored() = default;
};

/// All f32 inputs and outputs, of an op that only moves or compares numbers.
inline Narrowing narrow_all(const Signature& whole) {
  Narrowing n;
  for (const Spec& s : whole.in) n.in.push_back(s.type == Type::f32);
  for (const Spec& s : whole.out) n.out.push_back(s.type == Type::f32);
  return n;
}

}  // namespace backflow
