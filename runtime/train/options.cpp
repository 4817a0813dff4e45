#include <backflow/runtime/train/options.h>

#include <backflow/runtime/train/option_table.h>

namespace backflow::train {

files::OptionTable table(TrainOptions& o) {
  using files::above, files::at_least, files::below_one;
  ScheduleOptions& s = o.schedule;
  return {
      {"epochs", &o.epochs, "times through the data", {1, 1e6}},
      {"batch", &o.batch, "images a step", {1, 1 << 24}},
      {"accumulate", &o.accumulate, "batches whose gradients make one update", {1, 1 << 20}},
      {"drop_last", &o.drop_last, "leave out the last batch of an epoch if it is smaller"},
      {"optimizer", enum_member(o.optimizer), "the rule of the update"},
      {"learning_rate", &o.learning_rate, "highest learning rate", above(0), "lr"},
      {"momentum", &o.momentum, "of sgd", below_one()},
      {"nesterov", &o.nesterov, "use Nesterov's momentum"},
      {"weight_decay", &o.weight_decay, "of every parameter", at_least(0)},
      {"clip_grad", &o.clip_grad, "largest norm of all gradients together, which are scaled to it; 0: none",
       at_least(0)},
      {"ema", &o.ema, "keep a moving average of the weights with this share of the old one, as 0.999; 0: none",
       below_one()},
      {"label_smoothing", &o.label_smoothing, "share of the label that all classes get", below_one()},
      {"schedule", enum_member(s.kind), "how the learning rate changes"},
      {"warmup", &s.warmup, "steps in which the learning rate grows", {0, 1e9}},
      {"drop_every",
       &s.drop_every,
       "epochs between the drops of the schedule step, or without a better one before a drop of plateau",
       {1, 1e6}},
      {"drop", &s.drop, "factor of each drop", at_least(0)},
      {"seed", &o.seed, "of the first weights and of the order of the images"},
      {"precision", enum_member(o.precision), "of products; auto is bf16 where the CPU has AMX"},
  };
}

void check(const TrainOptions& options) {
  TrainOptions copy = options;
  files::check(table(copy), "[train] ");
  if (options.nesterov && options.momentum == 0)
    throw OptionError("nesterov", "needs a momentum above 0, got 0", "[train] ");
  if (options.schedule.kind == ScheduleKind::onecycle && options.schedule.warmup > 0)
    throw OptionError("warmup", "has no effect with schedule onecycle, which has one of its own", "[train] ");
}

void check_effects(const TrainOptions& options, const std::vector<std::string>& given) {
  TrainOptions copy = options;
  const files::OptionTable all = table(copy);
  const bool sgd = options.optimizer == Optimizer::sgd,
             drops = options.schedule.kind == ScheduleKind::step || options.schedule.kind == ScheduleKind::plateau;
  for (const std::string& name : given) {
    const files::Option* option = files::find(all, name);
    if (!option) continue;
    if (!sgd && (option->name == "momentum" || option->name == "nesterov"))
      throw OptionError(option->name, str_cat("has no effect with optimizer ", name_of(options.optimizer)), "[train] ");
    if (!drops && (option->name == "drop" || option->name == "drop_every"))
      throw OptionError(option->name, str_cat("has no effect with schedule ", name_of(options.schedule.kind)),
                        "[train] ");
  }
}

}  // namespace backflow::train
