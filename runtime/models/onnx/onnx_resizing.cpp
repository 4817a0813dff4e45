#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/ops/resample.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {
namespace {

/// What the texts of an attribute mean.
template <class Enum>
Enum meaning(const OnnxCall& c, const char* attribute, const std::string& fallback,
             const std::map<std::string, Enum>& known) {
  const std::string text = c.node.text(attribute, fallback);
  const auto found = known.find(text);
  if (found != known.end()) return found->second;
  std::string names;
  for (const auto& [name, value] : known) names += (names.empty() ? "" : ", ") + name;
  fail(c.node.where(), " has ", attribute, " '", files::printable(text), "'; supported are ", names);
}

Interpolation mode_of(const OnnxCall& c) {
  return meaning<Interpolation>(c, "mode", "nearest",
                                {{"nearest", Interpolation::nearest},
                                 {"linear", Interpolation::linear},
                                 {"bilinear", Interpolation::linear},
                                 {"cubic", Interpolation::cubic}});
}

/// As opset 11 and later say; before, as asymmetric with the lower neighbour.
InterpolationOptions options_of(const OnnxCall& c) {
  InterpolationOptions o{.mode = mode_of(c), .coordinates = Coordinates::asymmetric, .rounding = Rounding::floor};
  constexpr std::int64_t with_coordinates = 11;
  if (c.opset < with_coordinates) return o;
  o.coordinates = meaning<Coordinates>(c, "coordinate_transformation_mode", "half_pixel",
                                       {{"half_pixel", Coordinates::half_pixel},
                                        {"half_pixel_symmetric", Coordinates::half_pixel_symmetric},
                                        {"pytorch_half_pixel", Coordinates::pytorch_half_pixel},
                                        {"align_corners", Coordinates::align_corners},
                                        {"asymmetric", Coordinates::asymmetric},
                                        {"tf_half_pixel_for_nn", Coordinates::tf_half_pixel_for_nn},
                                        {"tf_crop_and_resize", Coordinates::tf_crop_and_resize}});
  o.rounding = meaning<Rounding>(c, "nearest_mode", "round_prefer_floor",
                                 {{"round_prefer_floor", Rounding::round_prefer_floor},
                                  {"round_prefer_ceil", Rounding::round_prefer_ceil},
                                  {"floor", Rounding::floor},
                                  {"ceil", Rounding::ceil}});
  o.cubic_coeff_a = static_cast<double>(c.node.number("cubic_coeff_a", -0.75F));
  o.exclude_outside = c.node.integer("exclude_outside", 0) != 0;
  o.antialias = c.node.integer("antialias", 0) != 0;
  return o;
}

/// What an axis becomes: by its scale or its length, the other one is 0.
struct Target {
  double scale = 0;
  std::int64_t length = 0;
};

std::vector<float> floats(const OnnxCall& c, std::size_t i) {
  require(!c.constant(i).is_integer(), c.node.where(), " input ", i, " needs to be floats");
  return *c.constant(i).floats;
}

bool is_given(const OnnxCall& c, std::size_t i) { return c.has(i) && elements(c.constant(i).shape) > 0; }

/// Of sizes one scale for all axes, the smallest or the largest, where the node asks for that.
void keep_aspect(const OnnxCall& c, const Shape& s, const std::vector<std::int64_t>& axes, std::vector<Target>& to) {
  const std::string policy = c.node.text("keep_aspect_ratio_policy", "stretch");
  if (policy == "stretch") return;
  require(policy == "not_larger" || policy == "not_smaller", c.node.where(), " has keep_aspect_ratio_policy '",
          files::printable(policy), "'; supported are stretch, not_larger and not_smaller");
  double scale = 0;
  for (auto a : axes) {
    const auto at = static_cast<std::size_t>(a);
    const double own = static_cast<double>(to[at].length) / static_cast<double>(s[at]);
    scale = scale == 0 ? own : policy == "not_larger" ? std::min(scale, own) : std::max(scale, own);
  }
  for (auto a : axes) {
    const auto at = static_cast<std::size_t>(a);
    to[at] = {scale, std::llround(scale * static_cast<double>(s[at]))};
  }
}

/// One for each axis. Scales are the second input of Upsample and of Resize up to opset 10.
std::vector<Target> targets_of(const OnnxCall& c, const Shape& s) {
  const bool has_roi = c.node.op == "Resize" && c.opset >= 11;
  std::vector<Target> to(s.size());
  std::vector<std::int64_t> axes(s.size());
  for (std::size_t a = 0; a < s.size(); ++a) axes[a] = static_cast<std::int64_t>(a);
  if (c.node.has("axes")) axes = c.axes(c.node.integers("axes"), static_cast<std::int64_t>(s.size()));
  const auto check = [&](std::size_t count) {
    require(count == axes.size(), c.node.where(), " needs ", axes.size(), " scales or sizes, got ", count);
  };
  if (has_roi && is_given(c, 3)) {
    const auto sizes = c.list("sizes", 3);
    check(sizes.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      require(sizes[i] > 0 && sizes[i] <= kMaxElements, c.node.where(), " has sizes ", to_string(sizes));
      to[static_cast<std::size_t>(axes[i])].length = sizes[i];
    }
    keep_aspect(c, s, axes, to);
    return to;
  }
  const auto scales = c.node.has("scales") ? c.node.floats("scales") : floats(c, has_roi ? 2 : 1);
  check(scales.size());
  for (std::size_t i = 0; i < scales.size(); ++i) {
    require(scales[i] > 0 && scales[i] <= static_cast<float>(kMaxExtent), c.node.where(), " has a scale of ",
            scales[i]);
    to[static_cast<std::size_t>(axes[i])].scale = static_cast<double>(scales[i]);
  }
  return to;
}

Value resize_op(const OnnxCall& c) {
  Value x = c.value(0);
  const auto targets = targets_of(c, x.shape());
  InterpolationOptions o = options_of(c);
  std::vector<float> roi;
  if (o.coordinates == Coordinates::tf_crop_and_resize) roi = floats(c, 1);
  require(roi.empty() || (roi.size() == 2 * targets.size() && !c.node.has("axes")), c.node.where(),
          " needs a region's begin and end for each axis");
  for (std::size_t a = 0; a < targets.size(); ++a) {
    o.scale = targets[a].scale;
    o.length = targets[a].length;
    if (!roi.empty()) {
      o.roi_begin = static_cast<double>(roi[a]);
      o.roi_end = static_cast<double>(roi[targets.size() + a]);
    }
    const std::int64_t from = x.shape()[a];
    const bool whole = roi.empty() || (o.roi_begin == 0 && o.roi_end == 1);
    if (whole && (o.scale == 1 || o.length == from)) continue;
    require(o.scale * static_cast<double>(from) <= static_cast<double>(kMaxExtent) && o.length <= kMaxExtent,
            c.node.where(), " makes an axis longer than ", kMaxExtent);
    x = resample(x, {.axis = static_cast<std::int64_t>(a),
                     .taps = interpolation_taps(from, o),
                     .fill = c.node.number("extrapolation_value", 0),
                     .name = c.name});
  }
  return x;
}

}  // namespace

OnnxTable onnx_resizing() { return {{"Resize", onnx_op(resize_op)}, {"Upsample", onnx_op(resize_op)}}; }

}  // namespace backflow::models
