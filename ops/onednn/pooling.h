// What max and average pooling share: window geometry and oneDNN's primitives. Internal to ops/.
#pragma once

#include <string>

#include <backflow/ops/onednn/dnnl.h>
#include <backflow/ops/window.h>

namespace backflow {

struct Pooling {
  dnnl::algorithm algorithm;
  Pair kernel = 1, stride = 1;
  Padding padding = 0;
  bool ceil_mode = false;
  Pair dilation = 1;  // only of result(): the primitives have none

  std::string details() const { return str_cat(kernel.h, "×", kernel.w, " stride ", stride.h); }
  OpOptions options() const;
  /// Shape of the result, whatever the padding; throws an Error that begins with `op`.
  Shape result(const std::string& op, const Shape& x) const;
  /// The same where no window lies in the padding alone.
  Shape infer(const char* op, const Spec& x) const;
  /// Whether each padding is shorter than the window.
  bool reaches_over_padding() const;
  SlidingWindow window() const { return {{kernel.h, stride.h, padding.top}, {kernel.w, stride.w, padding.left}}; }
  double nanoseconds(const Shape& y) const {
    return time_of_bytes(4.0 * static_cast<double>(elements(y) * kernel.h * kernel.w));
  }

  using Forward = onednn::pooling_forward;
  using Backward = onednn::pooling_backward;
  Forward::primitive_desc forward(const onednn::Desc& x, const onednn::Desc& y) const;
  Backward::primitive_desc backward(const onednn::Desc& dx, const onednn::Desc& dy) const;

 private:
  /// Rows and columns after the input, as oneDNN counts them: what the last window of ceil mode needs may be more than
  /// the padding, what no window reaches less.
  dnnl::memory::dims after(const onednn::Desc& x, const onednn::Desc& y) const;
};

}  // namespace backflow
