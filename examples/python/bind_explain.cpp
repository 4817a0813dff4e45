// Why a model says what it says of an image.
#include <pybind11/stl.h>

#include <algorithm>
#include <atomic>
#include <optional>

#include <backflow/graph/error.h>
#include <backflow/runtime/explain/attribution.h>
#include <backflow/runtime/explain/option_table.h>
#include <backflow/runtime/explain/overlay.h>
#include "examples/python/arrays.h"
#include "examples/python/bind.h"
#include "examples/python/interrupt.h"
#include "examples/python/options.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

using explain::Attribution;
using explain::Explainer;
using explain::Method;

using Map = py::array_t<float, py::array::c_style | py::array::forcecast>;

constexpr const char* kAttribution =
    "Why `model` says what it says of `image`, uint8 [height, width, 3] of any size: how much each pixel counts for "
    "the "
    "class `target`, by default the most probable one. method: saliency, smoothgrad, gradient-x-input, integrated, "
    "grad-cam, guided, occlusion or rise. scheduler: by default one of its own with all CPUs. Options, and what they "
    "are "
    "by default:";

explain::ExplainOptions options_of(const py::kwargs& given) {
  explain::ExplainOptions options;
  set_options(explain::table(options), given, "[explain] ");
  return options;
}

/// Ctrl-C ends it after the batch that runs.
template <class Work>
auto interruptibly(Explainer& explainer, Work work) {
  std::atomic<bool> stopped{false};
  explainer.after_run([&](std::int64_t) { require(!stopped, "[explain] interrupted"); });
  decltype(work()) result{};
  run_interruptibly([&] { result = work(); }, [&] { stopped = true; });
  explainer.after_run(nullptr);
  return result;
}

std::int64_t target_of(Explainer& explainer, const image::Image& picture, const std::optional<std::int64_t>& target) {
  if (target) return *target;
  const auto p = explainer.probabilities(picture);
  return std::max_element(p.begin(), p.end()) - p.begin();
}

Attribution explained(Explainer& explainer, const Pixels& pixels, const std::optional<std::int64_t>& target,
                      const std::string& method) {
  const image::Image picture = image_of("image", pixels);
  const auto called = enum_called<Method>("method", method);
  return interruptibly(explainer,
                       [&] { return explainer.attribution(picture, target_of(explainer, picture, target), called); });
}

Attribution attribution_of(const models::Model& model, const Pixels& pixels, const std::optional<std::int64_t>& target,
                           const std::string& method, Scheduler* scheduler, const py::kwargs& given) {
  std::optional<Scheduler> own;
  if (!scheduler) scheduler = &own.emplace();
  Explainer explainer(model, *scheduler, options_of(given));
  return explained(explainer, pixels, target, method);
}

py::dict faithfulness(Explainer& explainer, const Pixels& pixels, std::int64_t target, const Map& map,
                      std::int64_t steps) {
  const image::Image picture = image_of("image", pixels);
  const std::vector<float> values(map.data(), map.data() + map.size());
  const auto f = interruptibly(explainer, [&] { return explainer.faithfulness(picture, target, values, steps); });
  return py::dict("deletion"_a = f.deletion.area, "insertion"_a = f.insertion.area,
                  "deletion_curve"_a = f.deletion.probability, "insertion_curve"_a = f.insertion.probability);
}

py::array array_of_tensor(const Tensor& t) { return view(t.data(), t.spec(), {}, py::handle()); }  // a copy

py::array overlay_of(const Attribution& a, const Pixels& photo) {
  return image_array(explain::overlay(image_of("photo", photo), a));
}

void bind_attribution(py::module_& m) {
  py::class_<Attribution>(m, "Attribution", "How much each pixel of an image counts for a class.")
      .def_property_readonly(
          "method", [](const Attribution& a) { return name_of(a.method); }, "Its name.")
      .def_readonly("target", &Attribution::target, "The class.")
      .def_readonly("layer", &Attribution::layer, "Of grad-cam.")
      .def_property_readonly(
          "values", [](const Attribution& a) { return array_of_tensor(a.values); },
          "What the formula gives: float32 [C, H, W] of what the network reads, [h, w] of a layer "
          "(grad-cam), [H, W] of pixels (occlusion, rise).")
      .def_property_readonly(
          "map", [](const Attribution& a) { return array_of_tensor(a.map); }, "One number a pixel, float32 [H, W].")
      .def_readonly("has_sign", &Attribution::has_sign, "Whether negative numbers speak against the class.")
      .def_readonly("logit", &Attribution::logit, "Of the class, in the image.")
      .def_readonly("probability", &Attribution::probability, "Of the class, in the image.")
      .def_property_readonly(
          "completeness",
          [](const Attribution& a) -> py::object {
            if (!a.completeness) return py::none();
            return py::make_tuple(a.completeness->sum, a.completeness->difference);
          },
          "Of integrated: the sum of all attributions, and the difference of the logit between image and baseline; "
          "else None.")
      .def_property_readonly(
          "heat_map", [](const Attribution& a) { return image_array(explain::heat_map(a)); },
          "The map as colours, uint8 [H, W, 3].")
      .def("overlay", &overlay_of, "photo"_a,
           "The map over the photo, uint8 [k H, k W, 3] for a whole k, such as shown_photo(model, image).")
      .def("__repr__", [](const Attribution& a) {
        return str_cat("<Attribution of class ", a.target, " by ", name_of(a.method), ">");
      });
}

}  // namespace

void bind_explain(py::module_& m) {
  bind_attribution(m);
  explain::ExplainOptions defaults;
  const std::string options = help_of(explain::table(defaults));
  m.def("attribution", &attribution_of, "model"_a, "image"_a, "target"_a = py::none(), "method"_a = "saliency",
        "scheduler"_a = py::none(), (kAttribution + options).c_str());
  py::class_<Explainer>(
      m, "Explainer",
      ("Explains several images or classes of one model, which is compiled once. Options are those of "
       "attribution:" +
       options)
          .c_str())
      .def(py::init([](const models::Model& model, Scheduler& s, const py::kwargs& given) {
             return new Explainer(model, s, options_of(given));
           }),
           "model"_a, "scheduler"_a, py::keep_alive<1, 2>(), py::keep_alive<1, 3>())
      .def("attribution", &explained, "image"_a, "target"_a = py::none(), "method"_a = "saliency",
           "An Attribution; target: by default the most probable class.")
      .def("faithfulness", &faithfulness, "image"_a, "target"_a, "map"_a, "steps"_a = 56,
           "How fast the class's probability falls and rises when pixels go and come in the order of `map` [H, W]: a "
           "dict of deletion and insertion, the areas below both curves, and the curves. A faithful map has a low "
           "deletion and a high insertion.")
      .def_property_readonly("layers", &Explainer::layers, "Names of the layers that grad-cam can look at.");
  m.def(
      "shown_photo",
      [](const models::Model& model, const Pixels& pixels, int least) {
        return image_array(explain::shown_photo(image_of("image", pixels), model.input(), least));
      },
      "model"_a, "image"_a, "least"_a = 448,
      "The part of the image that the network sees, in a multiple of the size that it reads, for overlays.");
  m.def("rank_correlation", &explain::rank_correlation, "a"_a, "b"_a,
        "Spearman's rank correlation of the absolute values of two maps, as in the sanity checks of Adebayo et al. "
        "2018.");
}

}  // namespace backflow::python
