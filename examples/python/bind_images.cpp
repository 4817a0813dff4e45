#include <backflow/graph/error.h>
#include <backflow/ops/affine_resample.h>
#include <backflow/ops/blur.h>
#include <backflow/ops/channel_mix.h>
#include <backflow/ops/gaussian_noise.h>
#include <backflow/ops/pad.h>
#include <backflow/ops/pick.h>
#include <backflow/ops/resize2d.h>
#include <backflow/ops/roll.h>
#include <backflow/ops/sample_dot.h>
#include <backflow/ops/total_variation.h>
#include "examples/python/bind_ops.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

Resize mode_called(const std::string& name) {
  if (name == "nearest") return Resize::nearest;
  if (name == "bilinear") return Resize::bilinear;
  require(name == "smooth", "[resize2d] there is no mode '", name, "'; there are nearest, bilinear and smooth");
  return Resize::smooth;
}

}  // namespace

void bind_images(py::module_& m) {
  def_op(m, "total_variation", &total_variation);
  def_op(m, "gaussian_noise", &gaussian_noise, "x"_a, "keys"_a, "deviation"_a, "name"_a = "");
  def_op(
      m, "channel_mix",
      [](Value x, const std::vector<float>& matrix, const std::vector<float>& bias, const std::string& name) {
        return channel_mix(x, {.matrix = matrix, .bias = bias, .name = name});
      },
      "x"_a, "matrix"_a, "bias"_a = std::vector<float>{}, "name"_a = "");
  def_op(m, "pick", &pick, "x"_a, "index"_a, "name"_a = "");
  def_op(m, "roll", &roll, "x"_a, "offsets"_a, "name"_a = "");
  def_op(m, "sample_dot", &sample_dot);
  def_op(m, "scale_samples", &scale_samples, "x"_a, "s"_a, "name"_a = "");
  def_op(
      m, "blur",
      [](Value x, Value sigma, float max_sigma, const std::string& name) {
        return blur(x, sigma, {.max_sigma = max_sigma, .name = name});
      },
      "x"_a, "sigma"_a, "max_sigma"_a = 1.0F, "name"_a = "");
  def_op(
      m, "resize2d",
      [](Value x, std::int64_t height, std::int64_t width, const std::string& mode, const std::string& name) {
        return resize2d(x, {.height = height, .width = width, .mode = mode_called(mode), .name = name});
      },
      "x"_a, "height"_a, "width"_a, "mode"_a = "bilinear", "name"_a = "");
  def_op(
      m, "reflect_pad",
      [](Value x, std::int64_t top, std::int64_t bottom, std::int64_t left, std::int64_t right,
         const std::string& name) {
        return reflect_pad(x, {.top = top, .bottom = bottom, .left = left, .right = right, .name = name});
      },
      "x"_a, "top"_a = 0, "bottom"_a = 0, "left"_a = 0, "right"_a = 0, "name"_a = "");
  def_op(
      m, "affine_resample",
      [](Value x, Value matrices, std::int64_t height, std::int64_t width, std::int64_t copies, float fill,
         const std::string& name) {
        return affine_resample(x, matrices,
                               {.height = height, .width = width, .copies = copies, .fill = fill, .name = name});
      },
      "x"_a, "matrices"_a, "height"_a = 0, "width"_a = 0, "copies"_a = 1, "fill"_a = 0.0F, "name"_a = "");
}

}  // namespace backflow::python
