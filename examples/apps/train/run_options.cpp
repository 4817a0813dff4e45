#include "examples/apps/train/run_options.h"

namespace backflow {

files::OptionTable table(TrainProgram& p) {
  using files::at_least;
  return {
      {"threads", &p.threads, "workers; default: the CPUs that this process may use", {1, 1024}},
      {"out", &p.out, "folder for the results"},
      {"checkpoint", &p.checkpoint, "start from these weights (or evaluate them with --eval-only)"},
      {"resume", &p.resume, "go on from the checkpoint in --out, to the same bits as without interruption"},
      {"overwrite", &p.overwrite, "replace the results of another run in --out"},
      {"eval_only", &p.eval_only,
       "only measure loss and accuracy on the test images: of --checkpoint, of --from FILE as it is, else of the model "
       "in --out"},
      {"labels", &p.labels, "names of the classes of --from FILE, one a line, to be found in the data's"},
      {"trace", &p.trace, "write which node ran on which worker when, for chrome://tracing"},
      {"checkpoint_every", &p.checkpoint_every, "steps between checkpoints within an epoch; 0: none", at_least(0)},
      {"limit_steps", &p.limit_steps, "stop after this many steps in all", at_least(1)},
      {"predict_cores", &p.predict_cores,
       "at the end say what limited the run, and predict its time on 1 to 64 workers"},
      {"memory_report", &p.memory_report,
       "print what holds how much memory, before the first step or where the limit refuses the run"},
      {"strict", &p.strict, "a picture that cannot be read ends the run; else it is left out"},
      {"tensorboard", &p.tensorboard, "write numbers, images of --watch and histograms of weights for TensorBoard"},
      {"serve", &p.serve,
       "show the run on a page at [ADDRESS:]PORT; the address is 127.0.0.1 unless given, port 0 any free"},
      {"serve_token", &p.serve_token,
       "who has it may see the page, and pause and stop the run; needed where other machines reach the address"},
      {"serve_strict", &p.serve_strict, "end where the page cannot be served; else the run goes on without"},
      {"quiet", &p.quiet, "print only errors"},
  };
}

}  // namespace backflow
