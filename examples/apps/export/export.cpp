// Writes a classifier as an ONNX file: see `export --help` and docs/models.md.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <iostream>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/labels.h>
#include <backflow/runtime/models/onnx_export.h>
#include "examples/apps/common/model_options.h"
#include "examples/apps/common/program.h"

using namespace backflow;
namespace fs = std::filesystem;

namespace {

struct Arguments : ModelOptions {
  fs::path model, onnx;
  models::OnnxExportOptions options;
  bool overwrite = false;
};

void check_new(const fs::path& file) {
  std::error_code ignored;
  require(!fs::exists(file, ignored) || !fs::is_regular_file(file, ignored), "--onnx: ", file.string(),
          " exists; --overwrite replaces it");
}

int run(Arguments a) {
  fs::path data = a.onnx;
  data += ".data";
  if (!a.overwrite) check_new(a.onnx);
  if (!a.overwrite && a.options.external_data) check_new(data);
  check_writable("--onnx", a.onnx);
  a.model = model_file(a.model);
  const auto model = load_model(a.model.string(), a);
  if (!a.labels.empty())
    a.options.metadata["labels"] = fmt::format("{}", fmt::join(models::read_labels(a.labels, model->classes()), "\n"));
  models::write_onnx(*model, a.onnx, a.options);
  std::cout << "wrote " << a.onnx.string() << (a.options.external_data ? " and " + data.string() : "") << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes an image classifier as an ONNX file, which reads pixels in 0 ... 1 in batches of any size.",
               "export");
  Arguments a;
  const std::string network = "The network", file = "The file";
  app.add_option("--model", a.model,
                 "a safetensors file with torchvision's names, one of train's or the folder that it is in, or an ONNX "
                 "file")
      ->required()
      ->type_name("FILE|DIR")
      ->group(network);
  add_options(app, a, network);
  app.add_option("--onnx", a.onnx, "what is written")->required()->type_name("FILE")->group(file);
  app.add_option("--opset", a.options.opset, "version of ONNX's ops")
      ->check(CLI::Range(13, 17))
      ->capture_default_str()
      ->group(file);
  app.add_flag("--softmax", a.options.softmax, "probabilities instead of logits")->group(file);
  app.add_flag("--fold", a.options.fold_batch_norm,
               "batch normalisation as part of the weights of the layer before it, where it can be")
      ->group(file);
  app.add_flag("--external-data", a.options.external_data, "large weights in a file beside it, FILE.data")->group(file);
  app.add_flag("--overwrite", a.overwrite, "replace a file that is there")->group(file);
  app.footer(
      "Examples:\n  export --model out/cnn --onnx cnn.onnx\n"
      "  export --model resnet18.safetensors --arch resnet18 --labels imagenet.txt --softmax --onnx resnet18.onnx");
  return run_program(app, argc, argv, [&] { return run(a); });
}
