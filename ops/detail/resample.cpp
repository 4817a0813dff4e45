#include <backflow/ops/detail/resample.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/box.h>
#include <backflow/ops/detail/packed_taps.h>

namespace backflow {
namespace {

/// y ← y + w x
void add_scaled(float* y, const float* x, float w, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] += w * x[i];
}

/// First along the height, whole rows at once, then along the width.
class ResampleKernel final : public Kernel {
 public:
  ResampleKernel(PackedTaps rows, PackedTaps columns, const View& x)
      : rows_(std::move(rows)), columns_(std::move(columns)) {
    const bool channels_last = !x.layout.is_plain();
    pictures_ = x.shape[0] * (channels_last ? 1 : x.shape[1]);
    channels_ = channels_last ? x.shape[1] : 1;
    height_ = x.shape[2];
    row_ = x.shape[3] * channels_;
  }

  std::size_t scratch_bytes() const override { return static_cast<std::size_t>(row_) * sizeof(float); }

  void run(const Buffers& b) override {
    auto* line = reinterpret_cast<float*>(b.scratch);
    const float* x = b.input();
    float* y = b.output();
    for (std::int64_t p = 0; p < pictures_; ++p, x += height_ * row_)
      for (std::size_t r = 0; r < rows_.size(); ++r, y += static_cast<std::int64_t>(columns_.size()) * channels_) {
        std::fill_n(line, row_, 0.0F);
        for (std::size_t t = rows_.begin[r]; t < rows_.begin[r + 1]; ++t)
          add_scaled(line, x + rows_.taps[t].from * row_, rows_.taps[t].weight, row_);
        channels_ == 1 ? along(line, y) : along_pixels(line, y);
      }
  }

 private:
  void along(const float* line, float* y) const {
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      float sum = 0;
      for (std::size_t t = columns_.begin[c]; t < columns_.begin[c + 1]; ++t)
        sum += columns_.taps[t].weight * line[columns_.taps[t].from];
      y[c] = sum;
    }
  }

  void along_pixels(const float* line, float* y) const {
    for (std::size_t c = 0; c < columns_.size(); ++c, y += channels_) {
      std::fill_n(y, channels_, 0.0F);
      for (std::size_t t = columns_.begin[c]; t < columns_.begin[c + 1]; ++t)
        add_scaled(y, line + columns_.taps[t].from * channels_, columns_.taps[t].weight, channels_);
    }
  }

  PackedTaps rows_, columns_;
  std::int64_t pictures_, channels_, height_, row_;
};

class Resample final : public Op {
 public:
  Resample(std::string kind, Taps rows, Taps columns)
      : kind_(std::move(kind)), rows_(std::move(rows)), columns_(std::move(columns)) {}

  OpTraits traits() const override { return {.locality = Locality::global, .images = true}; }
  std::string kind() const override { return kind_; }
  std::string details() const override { return str_cat(rows_.of.size(), "×", columns_.of.size()); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    const Shape& x = in[0].shape;
    require(x.size() == 4 && x[2] == rows_.length && x[3] == columns_.length && in[0].type == Type::f32, "[", kind_,
            "] input needs shape [N, C, ", rows_.length, ", ", columns_.length, "] f32, got ", to_string(in[0]));
    return {{{x[0], x[1], static_cast<std::int64_t>(rows_.of.size()), static_cast<std::int64_t>(columns_.of.size())}}};
  }

  void gradient(Backward& b) const override {
    b.set(0, b.add(std::make_shared<Resample>(kind_ + "_gradient", transposed(rows_), transposed(columns_)),
                   {b.grad_output()}));
  }

  Tiling tiling(const Signature& s) const override {
    double taps = 0;
    for (const auto& t : columns_.of) taps += static_cast<double>(t.size() + 1);
    const auto lines = static_cast<double>(elements(s.out[0].shape) / s.out[0].shape[3]);
    return row_tiling(s, time_of_bytes(8 * taps * lines));
  }

  Layouts layouts(const Signature& s, std::span<const Layout> offered) const override {
    const Layout layout = offered[0].is_plain() ? Layout() : Layout::channels_last(s.in[0].shape.size());
    return {{layout}, {layout}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return std::make_unique<ResampleKernel>(PackedTaps(rows_), PackedTaps(columns_), in[0]);
  }

 private:
  std::string kind_;
  Taps rows_, columns_;
};

}  // namespace

Value resample(const std::string& kind, Value x, Taps rows, Taps columns, const std::string& name) {
  return x.graph->add(std::make_shared<Resample>(kind, std::move(rows), std::move(columns)), {x}, name)[0];
}

}  // namespace backflow
