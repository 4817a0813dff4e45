// The gradient of the whole way from what is optimized to the objective, against a naive reference that is
// differentiated by complex step.
#include <algorithm>

#include <backflow/graph/gradient.h>
#include <backflow/runtime/dream/image/colour.h>
#include <backflow/runtime/dream/image/parameterization.h>
#include <backflow/runtime/dream/image/spectrum.h>
#include <backflow/runtime/dream/image/transformed_networks.h>
#include <backflow/runtime/dream/octave/ascent.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/dreams.h"
#include "tests/support/proof.h"

using namespace backflow;
using namespace backflow::dream;
using proof::Array;
using proof::real;

namespace {

constexpr std::int64_t kHeight = 8, kWidth = 7, kPixels = kHeight * kWidth, kLevels = 3;

/// [3, H, W] from coefficients [3, 2H, V], each times `scale`.
template <class T>
Array<T> inverse_transform(const Array<T>& c, double divisor) {
  const std::int64_t columns = spectrum_columns(kWidth);
  Array<T> y(Shape{3, kHeight, kWidth});
  for (std::int64_t p = 0; p < 3; ++p)
    for (std::int64_t h = 0; h < kHeight; ++h)
      for (std::int64_t w = 0; w < kWidth; ++w)
        for (std::int64_t u = 0; u < kHeight; ++u)
          for (std::int64_t v = 0; v < columns; ++v) {
            const double angle = 2 * M_PI *
                                 (static_cast<double>(u * h) / static_cast<double>(kHeight) +
                                  static_cast<double>(v * w) / static_cast<double>(kWidth));
            const double twice = v == 0 || 2 * v == kWidth ? 1 : 2;
            y(p, h, w) += twice / divisor / static_cast<double>(kPixels) *
                          (c(p, u, v) * std::cos(angle) - c(p, u + kHeight, v) * std::sin(angle));
          }
  return y;
}

template <class T>
void standardize(Array<T>& x) {
  T mean = 0, variance = 0;
  const auto n = static_cast<double>(x.data.size());
  for (const T& v : x.data) mean += v / n;
  for (const T& v : x.data) variance += (v - mean) * (v - mean) / n;
  for (T& v : x.data) v = (v - mean) / std::sqrt(variance + 1e-10);
}

template <class T>
Array<T> coloured(Array<T> u) {
  Array<T> y(u.shape);
  for (std::int64_t i = 0; i < kPixels; ++i)
    for (std::int64_t o = 0; o < 3; ++o) {
      T sum = 0;
      for (std::int64_t c = 0; c < 3; ++c)
        sum +=
            double{kColours[static_cast<std::size_t>(3 * o + c)]} * u.data[static_cast<std::size_t>(c * kPixels + i)];
      y.data[static_cast<std::size_t>(o * kPixels + i)] = 1.0 / (1.0 + std::exp(-sum));
    }
  return y;
}

/// Σ of levels, each bilinear between its pixels' middles; x [3, places] has them one after the other.
template <class T>
Array<T> pyramid(const Array<T>& x, std::int64_t levels) {
  Array<T> y(Shape{3, kHeight, kWidth});
  std::int64_t height = kHeight, width = kWidth, begin = 0;
  for (std::int64_t level = 0; level < levels; ++level) {
    for (std::int64_t c = 0; c < 3; ++c)
      for (std::int64_t i = 0; i < kHeight; ++i)
        for (std::int64_t j = 0; j < kWidth; ++j)
          for (std::int64_t h = 0; h < height; ++h)
            for (std::int64_t w = 0; w < width; ++w) {
              auto share = [](std::int64_t to, std::int64_t length, std::int64_t from, std::int64_t count) {
                const double at =
                    (static_cast<double>(to) + 0.5) * static_cast<double>(count) / static_cast<double>(length) - 0.5;
                const double inside = std::clamp(at, 0.0, static_cast<double>(count - 1));
                return std::max(0.0, 1 - std::abs(inside - static_cast<double>(from)));
              };
              y(c, i, j) += share(i, kHeight, h, height) * share(j, kWidth, w, width) * x(c, begin + h * width + w);
            }
    begin += height * width;
    height = (height + 1) / 2;
    width = (width + 1) / 2;
  }
  return y;
}

template <class T>
Array<T> decoded_array(const std::string& kind, Array<T> x) {
  const auto amplitudes = falling_amplitudes(kHeight, kWidth, 1);
  const std::int64_t columns = spectrum_columns(kWidth);
  if (kind == "pixels") return x;
  if (kind == "sigmoid") return coloured(x);
  if (kind == "pyramid") return coloured(pyramid(x, kLevels));
  Array<T> spectrum(Shape{3, 2 * kHeight, columns});
  if (kind == "maco") standardize(x);
  for (std::int64_t p = 0; p < 3; ++p)
    for (std::int64_t u = 0; u < kHeight; ++u)
      for (std::int64_t v = 0; v < columns; ++v) {
        const double a = amplitudes[static_cast<std::size_t>(u * columns + v)];
        const double scale = a * std::sqrt(static_cast<double>(kPixels));
        const bool phases = kind == "maco";
        spectrum(p, u, v) = phases ? a * std::cos(x(p, u, v)) : scale * x(p, u, v);
        spectrum(p, u + kHeight, v) = phases ? a * std::sin(x(p, u, v)) : scale * x(p, u + kHeight, v);
      }
  Array<T> u = inverse_transform(spectrum, kind == "maco" ? 1 : 4);
  if (kind == "maco") standardize(u);
  return coloured(u);
}

/// Rolled, then resampled along the view's matrix.
template <class T>
Array<T> seen(const Array<T>& x, const std::array<std::int32_t, 2>& roll, const std::array<float, 6>& a, double fill) {
  Array<T> y(x.shape);
  auto at = [&](std::int64_t c, std::int64_t i, std::int64_t j) -> T {
    if (i < 0 || j < 0 || i >= kHeight || j >= kWidth) return fill;
    return x(c, (i - roll[0] + 10 * kHeight) % kHeight, (j - roll[1] + 10 * kWidth) % kWidth);
  };
  for (std::int64_t c = 0; c < 3; ++c)
    for (std::int64_t i = 0; i < kHeight; ++i)
      for (std::int64_t j = 0; j < kWidth; ++j) {
        const float fi = static_cast<float>(i), fj = static_cast<float>(j);
        const double u = a[0] * fj + a[1] * fi + a[2], v = a[3] * fj + a[4] * fi + a[5];
        const auto left = static_cast<std::int64_t>(std::floor(u)), top = static_cast<std::int64_t>(std::floor(v));
        const double right = u - static_cast<double>(left), down = v - static_cast<double>(top);
        y(c, i, j) = (1 - down) * ((1 - right) * at(c, top, left) + right * at(c, top, left + 1)) +
                     down * ((1 - right) * at(c, top + 1, left) + right * at(c, top + 1, left + 1));
      }
  return y;
}

template <class T>
Array<T> convolved(const Array<T>& x, const Tensor& w, const Tensor& b) {
  const Shape& s = w.shape();
  Array<T> y(Shape{s[0], x.shape[1], x.shape[2]});
  for (std::int64_t o = 0; o < s[0]; ++o)
    for (std::int64_t i = 0; i < x.shape[1]; ++i)
      for (std::int64_t j = 0; j < x.shape[2]; ++j) {
        T sum = double{b.as()[static_cast<std::size_t>(o)]};
        for (std::int64_t c = 0; c < s[1]; ++c)
          for (std::int64_t k = 0; k < 9; ++k) {
            const std::int64_t r = i + k / 3 - 1, q = j + k % 3 - 1;
            if (r < 0 || q < 0 || r >= x.shape[1] || q >= x.shape[2]) continue;
            sum += double{w.as()[static_cast<std::size_t>((o * s[1] + c) * 9 + k)]} * x(c, r, q);
          }
        y(o, i, j) = sum;
      }
  return y;
}

template <class T>
Array<T> rectified(Array<T> x) {
  for (T& v : x.data)
    if (real(v) <= 0) v = 0;
  return x;
}

template <class T>
Array<T> pooled(const Array<T>& x) {
  Array<T> y(Shape{x.shape[0], x.shape[1] / 2, x.shape[2] / 2});
  for (std::int64_t c = 0; c < y.shape[0]; ++c)
    for (std::int64_t i = 0; i < y.shape[1]; ++i)
      for (std::int64_t j = 0; j < y.shape[2]; ++j) {
        T best = x(c, 2 * i, 2 * j);
        for (std::int64_t k = 1; k < 4; ++k)
          if (const T v = x(c, 2 * i + k / 2, 2 * j + k % 2); real(v) > real(best)) best = v;
        y(c, i, j) = best;
      }
  return y;
}

/// Σ |x(i) − x(i + 1)| along both axes, and Σ (x − ½)².
template <class T>
T variation(const Array<T>& x) {
  T total = 0;
  auto add = [&](T d) { total += real(d) < 0 ? -d : d; };
  for (std::int64_t c = 0; c < 3; ++c)
    for (std::int64_t i = 0; i < kHeight; ++i)
      for (std::int64_t j = 0; j < kWidth; ++j) {
        if (i + 1 < kHeight) add(x(c, i + 1, j) - x(c, i, j));
        if (j + 1 < kWidth) add(x(c, i, j + 1) - x(c, i, j));
      }
  return total;
}

struct Case {
  DreamPlan plan;
  std::array<std::int32_t, 2> roll;
  std::array<float, 6> matrix;
  bool below;

  /// class:2 − 0.5*layer:relu1 + 2*layer:relu2:3 − tv − l2, for one view; also below the ReLU of relu2.
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Store& weights = plan.networks->weights();
    auto parameter = [&](const char* name) { return weights.plain(name); };
    const DreamOptions& o = plan.options;
    const Array<T> pixels = decoded_array(name_of(o.parameterization), in[0]);
    Array<T> x = seen(pixels, roll, matrix, o.pad_value);
    for (T& v : x.data) v = (v - double{0.45F}) / double{0.25F};
    const Array<T> relu1 = rectified(convolved(x, parameter("conv1.weight"), parameter("conv1.bias")));
    const Array<T> conv2 = convolved(pooled(relu1), parameter("conv2.weight"), parameter("conv2.bias"));
    const Array<T> relu2 = rectified(conv2);
    const auto places = static_cast<double>(relu2.shape[1] * relu2.shape[2]);
    T total = double{parameter("fc.bias").as()[2]};
    const Tensor fc = parameter("fc.weight");
    for (std::int64_t c = 0; c < 8; ++c)
      for (std::int64_t i = 0; i < relu2.shape[1]; ++i)
        for (std::int64_t j = 0; j < relu2.shape[2]; ++j) {
          total += double{fc.as()[static_cast<std::size_t>(2 * 8 + c)]} * relu2(c, i, j) / places;
          if (c == 3) total += 2.0 * (below ? conv2(c, i, j) : relu2(c, i, j)) / places;
        }
    for (const T& v : relu1.data) total -= 0.5 * v * v / static_cast<double>(relu1.data.size());
    total -= double{o.tv} * variation(pixels);
    for (const T& v : pixels.data) total -= double{o.l2} * (v - 0.5) * (v - 0.5);
    Array<T> result(Shape{1});
    result.data[0] = total;
    return result;
  }
};

Case case_of(const std::string& kind, bool below) {
  DreamOptions o;
  o.width = kWidth;
  o.height = kHeight;
  o.parameterization = value_of<Parameterization>("parameterization", kind);
  o.levels = kLevels;
  o.start_stddev = kind == "maco" ? 1.0F : 0.1F;
  o.jitter = 3;
  o.shift = 1;
  o.scale_min = 0.8F;
  o.scale_max = 1.2F;
  o.rotate = 20;
  o.tv = 0.01F;
  o.l2 = 0.02F;
  DreamPlan plan{small_networks(), {}, o, "target", {}, {}, {}};
  plan.objectives = resolved(parse_objective("class:2 - 0.5*layer:relu1 + 2*layer:relu2:3"), *plan.networks, 8, 7);
  const RandomKey key = plan.keys()[0].at(5);
  const Transforms views(o, kHeight, kWidth, 1, "");
  return {plan, views.offsets(key), views.matrix(key, 0), below};
}

/// What the flow computes: the objective without its pulls, and the gradient of the parameter.
std::pair<double, std::vector<float>> computed(const Case& c, const Tensor& start, int threads) {
  const Shape shape{1, 3, kHeight, kWidth};
  TransformedNetworks networks(c.plan, kHeight, kWidth);
  Graph g;
  const Value x = g.input("x", start.spec());
  const DecodedImage decoded{x, pixels_of(x, c.plan.options, shape)};
  auto terms = networks.append(decoded.pixels);
  for (const WeightedTerm& pull : append_regularizers(decoded.pixels, c.plan.options)) terms.push_back(pull);
  g.output("dx", parameter_gradient(decoded, pixel_gradient(terms, decoded.pixels)));
  Store own;
  Scheduler scheduler(threads);
  const auto flow = c.plan.networks->compile(g, own, scheduler, "pipeline");
  std::ranges::copy(start.as(), flow->input("x").as().begin());
  const std::array keys{c.plan.keys()[0].at(5)};
  networks.draw(*flow, keys, c.below);
  flow->run();
  const auto dx = flow->output("dx");
  return {networks.seen(*flow).objective, {dx.begin(), dx.end()}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pipeline)

BOOST_AUTO_TEST_CASE(the_gradient_of_the_whole_way_agrees_with_a_complex_step) {
  for (const std::string kind : {"pixels", "sigmoid", "pyramid", "fourier", "maco"})
    for (bool below : {false, true}) {
      BOOST_TEST_CONTEXT(kind << (below ? ", below the ReLU" : "")) {
        const Case c = case_of(kind, below);
        const Tensor start = first_values(c.plan.options, {1, 3, kHeight, kWidth}, c.plan.keys());
        const auto [objective, dx] = computed(c, start, 1);
        Array<double> x(Shape(start.shape().begin() + 1, start.shape().end()));
        std::ranges::copy(start.as(), x.data.begin());
        proof::detail::compare("gradient", dx, proof::detail::exact_gradient(c, {x}, 0, {1.0}), 2e-4);
        for (int threads : {2, 4}) BOOST_CHECK(computed(c, start, threads).second == dx);
      }
    }
}

BOOST_AUTO_TEST_CASE(the_objective_is_reported_without_what_is_taken_off_it) {
  const Case c = case_of("pixels", false);
  Case free = c;
  free.plan.options.tv = free.plan.options.l2 = 0;
  const Tensor start = first_values(c.plan.options, {1, 3, kHeight, kWidth}, c.plan.keys());
  const double objective = computed(c, start, 2).first;
  Array<double> x(Shape{3, kHeight, kWidth});
  std::ranges::copy(start.as(), x.data.begin());
  BOOST_CHECK_CLOSE(objective, free(std::vector{x}).data[0], 1e-3);
}

BOOST_AUTO_TEST_SUITE_END()
