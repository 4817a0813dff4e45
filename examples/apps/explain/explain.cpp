// Shows why a classifier says what it says of photos: see `explain --help` and docs/explaining.md.
#include <CLI/CLI.hpp>

#include <backflow/runtime/explain/option_table.h>
#include "examples/apps/common/completion.h"
#include "examples/apps/common/flags.h"
#include "examples/apps/common/model_options.h"
#include "examples/apps/common/program.h"
#include "examples/apps/common/signals.h"
#include "examples/apps/explain/explain_run.h"

using namespace backflow;

namespace {

void add_method_flags(CLI::App& app, ExplainSettings& s) {
  std::vector<std::string> known(kEnumNames<explain::Method>.begin(), kEnumNames<explain::Method>.end());
  known.emplace_back("all");
  complete_with(
      *app.add_option("--method", s.methods,
                      "one or several, between commas: " + listed(known) + "; default: grad-cam,integrated,smoothgrad")
           ->delimiter(',')
           ->check(CLI::IsMember(known))
           ->type_name("NAME,..."),
      known);
  app.add_option(
         "--class", s.classes,
         "number or name of the class that is explained; may be given several times; default: the most probable")
      ->type_name("CLASS")
      ->expected(1)
      ->take_all();
  app.add_option("--layer", s.layers,
                 "of grad-cam, may be given several times, '*' for all; default: the last one that has places")
      ->type_name("NAME")
      ->expected(1)
      ->take_all();
  files::OptionTable table = explain::table(s.options);
  std::erase_if(table, [](const files::Option& o) { return o.name == "layer"; });
  add_flags(app, table, "Methods");
  app.add_option("--score-steps", s.score_steps,
                 "steps of the scores by deletion and insertion of pixels; 0: no scores")
      ->check(CLI::Range(0, 10'000))
      ->capture_default_str()
      ->group("Scores");
  app.add_option("--random-maps", s.random_maps, "maps of chance that are scored beside the others")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str()
      ->group("Scores");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Shows why an image classifier says what it says: which pixels of a photo speak for a class, by several methods, "
      "and how faithful each answer is to the network.",
      "explain");
  ExplainProgram p;
  ExplainSettings& s = p.settings;
  app.add_option("--model", s.model,
                 "an ONNX file, a safetensors file with torchvision's names, or what train wrote, the file or its "
                 "folder")
      ->required()
      ->type_name("FILE|DIR");
  add_options(app, s);
  add_method_flags(app, s);
  app.add_option("--out", p.out, "folder for pictures, arrays and explanations.json")->required()->type_name("DIR");
  app.add_flag("--overwrite", p.overwrite, "replace explanations of other settings in --out");
  app.add_option("--threads", p.threads, "workers; default: the CPUs that this process may use")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--json", p.json, "print a line of JSON for each photo and class");
  app.add_flag("--quiet", p.quiet, "print only errors");
  app.add_option("PHOTO", s.photos, "PNG, JPEG, WebP or GIF")->required()->type_name("FILE");
  app.footer(
      "Examples:\n  explain --model net.onnx --labels labels.txt --out why parrot.jpg\n"
      "  explain --model out/cnn --class 3 --method all --out why *.png");
  return run_program(app, argc, argv, [&] {
    catch_signals();
    return ExplainRun(p).run();
  });
}
