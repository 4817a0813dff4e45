#include <backflow/ops/gaussian_noise.h>

#include <algorithm>

#include <backflow/graph/gradient.h>
#include <backflow/graph/random.h>
#include <backflow/ops/detail/image.h>

namespace backflow {
namespace {

constexpr double kNoiseNanoseconds = 15;

void add_noise(const float* x, float* y, std::int64_t n, const std::int32_t* key, float stddev) {
  const auto word = [&](int i) { return static_cast<std::uint32_t>(key[i]); };
  const std::uint64_t seed = word(0) | std::uint64_t{word(1)} << 32;
  for (std::int64_t i = 0; i < n; i += 4) {
    const auto words = random_words(seed, word(2), word(3), static_cast<std::uint64_t>(i / 4));
    const auto first = unit_normals(words[0], words[1]), second = unit_normals(words[2], words[3]);
    const float noise[] = {first[0], first[1], second[0], second[1]};
    for (std::int64_t k = 0; k < std::min<std::int64_t>(4, n - i); ++k) y[i + k] = x[i + k] + stddev * noise[k];
  }
}

class GaussianNoise final : public Op {
 public:
  OpTraits traits() const override { return {.locality = Locality::pointwise}; }
  std::string kind() const override { return "gaussian_noise"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(!in[0].shape.empty() && in[1] == Spec{{in[0].shape[0], 4}, Type::s32}, "[gaussian_noise] a value ",
            to_string(in[0]), " needs a key [4] s32 for each sample, got ", to_string(in[1]));
    require(in[2] == Spec{{1}}, "[gaussian_noise] the deviation needs shape [1], got ", to_string(in[2]));
    return {in[0]};
  }

  void gradient(Backward& b) const override { b.set(0, b.grad_output()); }

  Tiling tiling(const Signature& s) const override {
    return row_tiling(s, kNoiseNanoseconds * static_cast<double>(elements(s.in[0].shape)), {2});
  }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t rows = in[0].shape[0], length = elements(in[0].shape) / rows;
    return loop_kernel([rows, length](const Buffers& b) {
      const float stddev = b.input(2)[0];
      for (std::int64_t n = 0; n < rows; ++n)
        if (stddev == 0)
          std::copy_n(b.input(0) + n * length, length, b.output() + n * length);
        else
          add_noise(b.input(0) + n * length, b.output() + n * length, length, b.input<std::int32_t>(1) + 4 * n, stddev);
    });
  }
};

}  // namespace

Value gaussian_noise(Value x, Value keys, Value stddev, const std::string& name) {
  return x.graph->add(std::make_shared<GaussianNoise>(), {x, keys, stddev}, name)[0];
}

}  // namespace backflow
