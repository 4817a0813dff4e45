#include <backflow/ops/resample.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/axis.h>
#include <backflow/ops/detail/packed_taps.h>
#include <backflow/ops/detail/resample.h>

namespace backflow {
namespace {

/// Runs of `inner` neighbours in memory, an axis of them, and `outer` of those.
struct AxisLines {
  std::int64_t outer, inner, x_step, y_step;  // steps from one axis to the next
  std::size_t first, count;                   // the elements along the axis that the tile makes

  AxisLines(const View& x, const View& y, std::size_t axis)
      : inner(strides(y.whole.shape, y.layout)[axis]),
        x_step(inner * x.whole.shape[axis]),
        y_step(inner * y.whole.shape[axis]),
        first(static_cast<std::size_t>(y.begin[axis])),
        count(static_cast<std::size_t>(y.shape[axis])) {
    outer = elements(y.shape) / (y.shape[axis] * inner);
  }
};

/// y = Σ weight · x over the taps from `tap` to `end`, for n neighbours.
void weigh(const Taps::Tap* tap, const Taps::Tap* end, const float* x, std::int64_t step, float* y, std::int64_t n) {
  const float* first = x + tap->from * step;
  if (tap->weight == 1)
    std::copy_n(first, n, y);
  else
    for (std::int64_t i = 0; i < n; ++i) y[i] = tap->weight * first[i];
  for (++tap; tap != end; ++tap)
    for (std::int64_t i = 0; i < n; ++i) y[i] += tap->weight * x[tap->from * step + i];
}

void resample_lines(const AxisLines& l, const PackedTaps& taps, float fill, const float* x, float* y) {
  constexpr std::int64_t kBlock = 2048;  // stays in the cache while its taps are added up
  for (std::int64_t o = 0; o < l.outer; ++o, x += l.x_step, y += l.y_step)
    for (std::size_t i = 0; i < l.count; ++i) {
      float* to = y + static_cast<std::int64_t>(i) * l.inner;
      const Taps::Tap *begin = taps.taps.data() + taps.begin[l.first + i],
                      *end = taps.taps.data() + taps.begin[l.first + i + 1];
      if (begin == end) std::fill_n(to, l.inner, fill);
      for (std::int64_t at = 0; begin != end && at < l.inner; at += kBlock)
        weigh(begin, end, x + at, l.inner, to + at, std::min(kBlock, l.inner - at));
    }
}

class AxisResample final : public Op {
 public:
  AxisResample(std::string kind, std::size_t axis, Taps taps, float fill)
      : kind_(std::move(kind)), axis_(axis), taps_(std::move(taps)), fill_(fill) {
    packed_ = std::make_shared<const PackedTaps>(taps_);
  }

  OpTraits traits() const override {
    OpTraits t{.locality = axis_ == 1 ? Locality::pointwise : Locality::global};  // channels change no pixel
    if (kind_ == "index_select") t.options = [this] { return selection(); };
    return t;
  }
  std::string kind() const override { return kind_; }
  std::string details() const override { return str_cat("axis ", axis_, ", ", taps_.length, " → ", taps_.of.size()); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    Spec y = in[0];
    y.shape[axis_] = static_cast<std::int64_t>(taps_.of.size());
    return {y};
  }

  void gradient(Backward& b) const override {
    b.set(0, b.add(std::make_shared<AxisResample>(kind_ + "_gradient", axis_, transposed(taps_), 0.0F),
                   {b.grad_output()}));
  }

  /// By samples; where there is one alone, along the axis.
  Tiling tiling(const Signature& s) const override {
    const Shape& y = s.out[0].shape;
    const auto lines = static_cast<double>(elements(y) / y[axis_]);
    const double time = time_of_bytes(8.0 * lines * static_cast<double>(taps_.of.size() + packed_->taps.size()));
    if (axis_ != 0 && y[0] > 1) return row_tiling(s, time);
    Tiling t;
    t.extent = y[axis_];
    t.nanoseconds = time;
    t.in = {Access{}};
    t.out = {Access::along(static_cast<int>(axis_))};
    return t;
  }

  Layouts layouts(const Signature& s, std::span<const Layout>) const override {
    const Layout layout = Layout::preferred(s.out[0].image ? s.out[0] : s.in[0]);
    return {{layout}, {layout}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    return loop_kernel([lines = AxisLines(in[0], out[0], axis_), taps = packed_, fill = fill_](const Buffers& b) {
      resample_lines(lines, *taps, fill, b.input(), b.output());
    });
  }

 private:
  /// −1 where an element is the fill.
  OpOptions selection() const {
    std::vector<double> indices;
    for (const auto& taps : taps_.of) indices.push_back(taps.empty() ? -1 : static_cast<double>(taps[0].from));
    return {{"axis", {static_cast<double>(axis_)}}, {"indices", indices}, {"fill", {static_cast<double>(fill_)}}};
  }

  std::string kind_;
  std::size_t axis_;
  Taps taps_;
  float fill_;
  std::shared_ptr<const PackedTaps> packed_;
};

}  // namespace

Value resample(const std::string& kind, Value x, const ResampleOptions& o) {
  const auto axis = static_cast<std::size_t>(axis_of(kind, x, o.axis));
  const std::int64_t length = x.shape()[axis];
  require(o.taps.length == length, "[", kind, "] axis ", axis, " of ", to_string(x.shape()), " has length ", length,
          ", the taps are of ", o.taps.length, " elements");
  for (const auto& element : o.taps.of)
    for (const Taps::Tap& t : element)
      require(t.from >= 0 && t.from < length, "[", kind, "] index ", t.from, " is not in 0 … ", length - 1);
  const Value y = x.graph->add(std::make_shared<AxisResample>(kind, axis, o.taps, o.fill), {x}, o.name)[0];
  if (x.spec().image) x.graph->mark_image(y);
  return y;
}

Value resample(Value x, const ResampleOptions& options) { return resample("resample", x, options); }

}  // namespace backflow
