#include <backflow/runtime/models/onnx/onnx_window.h>

#include <algorithm>
#include <array>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::models {
namespace {

/// As sentences have small numbers.
std::string in_words(std::size_t n) {
  constexpr std::array<const char*, 7> words{"no", "one", "two", "three", "four", "five", "six"};
  return n < words.size() ? words[n] : std::to_string(n);
}

std::vector<std::int64_t> lengths(const OnnxCall& c, const char* attribute, std::vector<std::int64_t> fallback) {
  const auto list = c.node.integers(attribute);
  if (list.empty()) return fallback;
  const bool fits = list.size() == fallback.size() &&
                    std::all_of(list.begin(), list.end(), [](auto n) { return n > 0 && n <= kMaxExtent; });
  require(fits, c.node.where(), " attribute '", attribute, "' needs ", in_words(fallback.size()),
          fallback.size() == 1 ? " length" : " lengths", " ≥ 1, got ", to_string(list));
  return list;
}

OnnxPads explicit_pads(const OnnxCall& c, std::size_t axes) {
  const auto list = c.node.integers("pads");
  if (list.empty() || c.node.text("auto_pad", "NOTSET") == "VALID")
    return {std::vector<std::int64_t>(axes, 0), std::vector<std::int64_t>(axes, 0)};
  const bool fits = list.size() == 2 * axes &&
                    std::all_of(list.begin(), list.end(), [](auto p) { return p >= 0 && p <= kMaxExtent; });
  require(fits, c.node.where(), " needs ", in_words(2 * axes), " pads ≥ 0, got ", to_string(list));
  const auto middle = list.begin() + static_cast<std::ptrdiff_t>(axes);
  return {{list.begin(), middle}, {middle, list.end()}};
}

}  // namespace

bool pads_are_same(const OnnxCall& c) {
  const std::string mode = c.node.text("auto_pad", "NOTSET");
  const bool is_known = mode == "NOTSET" || mode == "VALID" || mode == "SAME_UPPER" || mode == "SAME_LOWER";
  require(is_known, c.node.where(), " has an unknown auto_pad '", files::printable(mode), "'");
  return mode.starts_with("SAME");
}

OnnxPads shared_pads(const OnnxCall& c, const std::vector<std::int64_t>& all) {
  const std::int64_t more = c.node.text("auto_pad", "NOTSET") == "SAME_LOWER" ? 1 : 0;
  OnnxPads pads;
  for (const std::int64_t n : all) {
    pads.before.push_back((n + more) / 2);
    pads.after.push_back(n - pads.before.back());
  }
  return pads;
}

OnnxWindow onnx_window(const OnnxCall& c, std::vector<std::int64_t> kernel) {
  const Shape& x = c.value(0).shape();
  require(x.size() >= 3 && x.size() <= 5, c.node.where(), " needs an image [N, C, H, W] or a line [N, C, L], got ",
          to_string(x));
  const std::size_t axes = x.size() - 2;
  require(!kernel.empty() || c.node.has("kernel_shape"), c.node.where(), " has no kernel_shape");
  const std::vector<std::int64_t> ones(axes, 1);
  OnnxWindow w{lengths(c, "kernel_shape", kernel.empty() ? ones : kernel),
               lengths(c, "strides", ones),
               lengths(c, "dilations", ones),
               {}};
  if (!kernel.empty() && w.kernel != kernel)
    fail(c.node.where(), " has weights ", to_string(c.value(1).shape()), " and another kernel_shape");
  if (!pads_are_same(c)) {
    w.pads = explicit_pads(c, axes);
    return w;
  }
  std::vector<std::int64_t> all(axes);
  for (std::size_t a = 0; a < axes; ++a) {
    const std::int64_t places = (x[a + 2] + w.stride[a] - 1) / w.stride[a];
    const std::int64_t reach = (places - 1) * w.stride[a] + (w.kernel[a] - 1) * w.dilation[a] + 1;
    all[a] = std::max<std::int64_t>(0, reach - x[a + 2]);
  }
  w.pads = shared_pads(c, all);
  return w;
}

}  // namespace backflow::models
