#include <backflow/runtime/explain/options.h>

#include <backflow/runtime/explain/option_table.h>

namespace backflow::explain {

files::OptionTable table(ExplainOptions& o) {
  return {
      {"baseline", enum_member(o.baseline), "an image without evidence, for integrated, occlusion and rise"},
      {"steps", &o.steps, "integrated: points on the way from the baseline to the image", {1, 4096}},
      {"samples", &o.samples, "smoothgrad: noisy copies", {1, 1e6}},
      {"noise", &o.noise, "smoothgrad: stddev of the noise, as a share of the image's range of values", {0, 100}},
      {"layer", &o.layer, "grad-cam: the layer; empty: the last one that has places"},
      {"window", &o.window, "occlusion: side in pixels; 0: an eighth of the image's", {0, 65536}},
      {"stride", &o.stride, "occlusion: pixels from window to window; 0: a quarter of the window", {0, 65536}},
      {"masks", &o.masks, "rise: random masks", {1, 1e6}},
      {"cells", &o.cells, "rise: cells along each side of a mask", {1, 1024}},
      {"keep", &o.keep, "rise: probability that a cell is seen", {0.01, 1}},
      {"seed", &o.seed, "of noise and masks"},
      {"batch", &o.batch, "copies of the image that the network sees at once", {1, 1024}},
  };
}

void check(const ExplainOptions& options) {
  ExplainOptions copy = options;
  files::check(table(copy), "[explain] ");
}

}  // namespace backflow::explain
