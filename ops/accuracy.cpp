#include <backflow/ops/accuracy.h>

#include <algorithm>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

class Accuracy final : public Op {
 public:
  std::string kind() const override { return "accuracy"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0].shape.size() == 2, "[accuracy] logits need shape [N, C], got ", to_string(in[0].shape));
    require(in[1] == Spec{{in[0].shape[0]}, Type::s32}, "[accuracy] labels need shape [", in[0].shape[0], "] s32, got ",
            to_string(in[1]));
    return {{{1}, Type::f32}};
  }

  Tiling tiling(const Signature& s) const override {
    Tiling t;
    t.extent = s.in[0].shape[0];
    t.nanoseconds = time_of_bytes(4.0 * static_cast<double>(elements(s.in[0].shape)));
    t.in = {Access::along(0), Access::along(0)};
    t.out = {Access{Access::partial}};
    return t;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t rows = in[0].shape[0], classes = in[0].shape[1], batch = in[0].whole.shape[0];
    return loop_kernel([rows, classes, batch](const Buffers& b) {
      std::int64_t right = 0;
      for (std::int64_t r = 0; r < rows; ++r) {
        const float* x = b.input(0) + r * classes;
        right += std::max_element(x, x + classes) - x == b.input<std::int32_t>(1)[r];
      }
      b.output()[0] = static_cast<float>(right) / static_cast<float>(batch);
    });
  }
};

}  // namespace

Value accuracy(Value logits, Value labels, const std::string& name) {
  return logits.graph->add(std::make_shared<Accuracy>(), {logits, labels}, name)[0];
}

}  // namespace backflow
