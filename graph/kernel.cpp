#include <backflow/graph/kernel.h>

namespace backflow {
namespace {

class LoopKernel final : public Kernel {
 public:
  explicit LoopKernel(std::function<void(const Buffers&)> body) : body_(std::move(body)) {}
  void run(const Buffers& buffers) override { body_(buffers); }

 private:
  std::function<void(const Buffers&)> body_;
};

}  // namespace

std::size_t View::offset() const {
  const Shape stride = strides(whole.shape, layout);
  std::int64_t distance = 0;
  for (std::size_t a = 0; a < begin.size(); ++a) distance += begin[a] / block(layout, a) * stride[a];
  return static_cast<std::size_t>(distance) * size_of(whole.type);
}

View whole_view(const Spec& spec, const Layout& layout) {
  return {spec, layout, Shape(spec.shape.size(), 0), spec.shape};
}

std::unique_ptr<Kernel> loop_kernel(std::function<void(const Buffers&)> body) {
  return std::make_unique<LoopKernel>(std::move(body));
}

}  // namespace backflow
