#include <backflow/runtime/dream/image/transforms.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <backflow/graph/error.h>
#include <backflow/ops/affine_resample.h>
#include <backflow/ops/gaussian_noise.h>
#include <backflow/ops/resize2d.h>
#include <backflow/ops/roll.h>

namespace backflow::dream {
namespace {

// Numbers of a key's draws; each view has its own eight, then come those of the noise.
constexpr std::uint64_t kJitter = 0, kFirstView = 8, kDrawsOfView = 8;

std::int64_t scaled(std::int64_t length, double by) {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(length) * by));
}

/// −rotate … rotate in tenths, and five more times none.
double angle_of(const RandomKey& key, std::uint64_t draw, float rotate) {
  constexpr std::int64_t kAngles = 21, kMore = 5;
  const auto chosen = static_cast<std::int64_t>(key.words(draw / 4)[draw % 4] * std::uint64_t{kAngles + kMore} >> 32);
  if (chosen >= kAngles) return 0;
  return static_cast<double>(chosen - kAngles / 2) / (kAngles / 2) * double{rotate} / 180 * std::numbers::pi;
}

}  // namespace

Transforms::Transforms(const DreamOptions& options, std::int64_t height, std::int64_t width, double scale,
                       std::string prefix)
    : options_(options),
      height_(scaled(height, scale)),
      width_(scaled(width, scale)),
      view_height_(height_),
      view_width_(width_),
      shrunk_(static_cast<double>(height_) / static_cast<double>(options.height)),
      prefix_(std::move(prefix)) {
  const auto pad = static_cast<std::int64_t>(std::llround(static_cast<double>(options.pad) * shrunk_));
  view_height_ += 2 * pad;
  view_width_ += 2 * pad;
}

bool Transforms::resamples() const {
  const DreamOptions& o = options_;
  return o.shift > 0 || o.pad > 0 || o.rotate > 0 || o.crops > 0 || o.scale_min != 1 || o.scale_max != 1;
}

Value Transforms::append(Value x) const {
  Graph& g = *x.graph;
  const std::int64_t images = x.shape()[0], views = images * count();
  if (x.shape()[2] != height_ || x.shape()[3] != width_)
    x = resize2d(x, {.height = height_, .width = width_, .mode = Resize::smooth});
  if (options_.jitter > 0) x = roll(x, g.input(prefix_ + "offsets", {{images, 2}, Type::s32}));
  if (resamples())
    x = affine_resample(x, g.input(prefix_ + "matrices", {{views, 2, 3}}),
                        {.height = view_height_, .width = view_width_, .copies = count(), .fill = options_.pad_value});
  if (options_.noise > 0)
    x = gaussian_noise(x, g.input(prefix_ + "noise_keys", {{views, 4}, Type::s32}),
                       g.constant(prefix_ + "noise_deviation", {{1}}, filled(options_.noise)));
  return x;
}

std::array<std::int32_t, 2> Transforms::offsets(const RandomKey& key) const {
  const std::int64_t reach = std::llround(static_cast<double>(options_.jitter) * shrunk_);
  return {static_cast<std::int32_t>(whole_at(key, kJitter, reach)),
          static_cast<std::int32_t>(whole_at(key, kJitter + 1, reach))};
}

std::array<float, 6> Transforms::matrix(const RandomKey& key, std::int64_t index) const {
  const DreamOptions& o = options_;
  const std::uint64_t draw = kFirstView + kDrawsOfView * static_cast<std::uint64_t>(index);
  const double reach = static_cast<double>(o.shift) * shrunk_;
  double x = static_cast<double>(width_ - 1) / 2 + double{uniform_at(key, draw, -1, 1)} * reach;
  double y = static_cast<double>(height_ - 1) / 2 + double{uniform_at(key, draw + 1, -1, 1)} * reach;
  double step_x = 1 / double{uniform_at(key, draw + 2, o.scale_min, o.scale_max)}, step_y = step_x;
  const double angle = angle_of(key, draw + 3, o.rotate);
  if (o.crops > 0) {
    const double side = uniform_at(key, draw + 4, o.crop_min, o.crop_max);
    auto centre = [&](std::uint64_t i, std::int64_t length) {
      const double share =
          std::clamp(0.5 + double{o.crop_spread} * double{normal_at(key, draw + i)}, side / 2, 1 - side / 2);
      return (share - 0.5) * static_cast<double>(length);
    };
    x += centre(6, width_);
    y += centre(7, height_);
    step_x *= side * static_cast<double>(width_) / static_cast<double>(view_width_);
    step_y *= side * static_cast<double>(height_) / static_cast<double>(view_height_);
  }
  const double cosine = std::cos(angle), sine = std::sin(angle);
  const std::array<double, 4> a{cosine * step_x, sine * step_y, -sine * step_x, cosine * step_y};
  const double middle_j = static_cast<double>(view_width_ - 1) / 2,
               middle_i = static_cast<double>(view_height_ - 1) / 2;
  return {
      static_cast<float>(a[0]), static_cast<float>(a[1]), static_cast<float>(x - a[0] * middle_j - a[1] * middle_i),
      static_cast<float>(a[2]), static_cast<float>(a[3]), static_cast<float>(y - a[2] * middle_j - a[3] * middle_i)};
}

void Transforms::draw(Flow& flow, std::span<const RandomKey> keys) const {
  const auto views = static_cast<std::size_t>(count());
  for (std::size_t n = 0; n < keys.size(); ++n) {
    if (options_.jitter > 0)
      std::ranges::copy(offsets(keys[n]), flow.input(prefix_ + "offsets").as<std::int32_t>().data() + 2 * n);
    for (std::size_t k = 0; k < views; ++k) {
      const std::size_t view = n * views + k;
      if (resamples())
        std::ranges::copy(matrix(keys[n], static_cast<std::int64_t>(k)),
                          flow.input(prefix_ + "matrices").as().data() + 6 * view);
      if (options_.noise == 0) continue;
      const auto own_stream = keys[n].stream + 0x9e3779b9U * static_cast<std::uint32_t>(k + 1);
      const std::array<std::uint32_t, 4> key{static_cast<std::uint32_t>(keys[n].seed),
                                             static_cast<std::uint32_t>(keys[n].seed >> 32), own_stream, keys[n].step};
      for (std::size_t i = 0; i < 4; ++i)
        flow.input(prefix_ + "noise_keys").as<std::int32_t>()[4 * view + i] = static_cast<std::int32_t>(key[i]);
    }
  }
}

}  // namespace backflow::dream
