#include <backflow/runtime/train/options.h>

#include <backflow/runtime/attack/threat.h>
#include <backflow/runtime/train/option_table.h>

namespace backflow::train {
namespace {

constexpr const char* kWhere = "[train] ";

/// Which options of adversarial training go together.
void check_robust_options(const TrainOptions& o) {
  if (!is_robust(o)) return;
  attack::parse_threat(o.robust, "robust");
  if (o.robust_loss != RobustLoss::free) return;
  if (o.accumulate > 1)
    throw OptionError("accumulate", "does not go with robust_loss free, which updates after each gradient", kWhere);
}

/// What makes an option of adversarial training useless; empty: nothing.
std::string why_useless(const TrainOptions& o, const std::string& option) {
  if (option == "robust") return "";
  if (!is_robust(o)) return "without robust";
  const bool of_trades = option == "trades_beta", one_step = o.robust_loss == RobustLoss::fast;
  if ((of_trades && o.robust_loss != RobustLoss::trades) || (option == "attack_steps" && one_step))
    return "with robust_loss " + name_of(o.robust_loss);
  return "";
}

files::OptionTable plain_table(TrainOptions& o) {
  using files::above, files::at_least, files::below_one;
  ScheduleOptions& s = o.schedule;
  return {
      {"epochs", &o.epochs, "times through the data", {1, 1e6}},
      {"batch", &o.batch, "images a step", {1, 1 << 24}},
      {"accumulate", &o.accumulate, "batches whose gradients make one update", {1, 1 << 20}},
      {"shards", &o.shards, "parts of a batch, a power of two; their gradients meet in one binary tree", {1, 256}},
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

}  // namespace

files::OptionTable robust_table(TrainOptions& o) {
  return {
      {"robust", &o.robust,
       "train against the worst that an adversary makes of each image within this distance of pixels in 0 … 1: none, "
       "linf:8/255, linf:0.1, l2:0.5"},
      {"robust_loss", enum_member(o.robust_loss),
       "how: pgd on the attacked images, trades on both and their difference, free with the gradient of the step "
       "itself, fast with one step of attack"},
      {"attack_steps",
       &o.attack_steps,
       "steps of the attack on each batch; of free, steps on the same batch",
       {1, 1000}},
      {"attack_rate", &o.attack_rate,
       "how far a step of the attack moves, in pixels; 0: 2.5 · radius / steps, of fast 1.25 · radius, of free the "
       "radius",
       files::at_least(0)},
      {"trades_beta", &o.trades_beta, "weight of robustness in the loss of trades", files::above(0)},
  };
}

files::OptionTable table(TrainOptions& o) {
  files::OptionTable all = plain_table(o);
  for (files::Option& option : robust_table(o)) all.push_back(std::move(option));
  return all;
}

void check(const TrainOptions& options) {
  TrainOptions copy = options;
  files::check(table(copy), kWhere);
  check_robust_options(options);
  if ((options.shards & (options.shards - 1)) != 0)
    throw OptionError("shards", str_cat("needs a power of two, got ", options.shards), kWhere);
  if (options.shards > 1 && is_robust(options))
    throw OptionError("shards", "does not go with robust, whose attacks are not cut into shards", kWhere);
  if (options.nesterov && options.momentum == 0)
    throw OptionError("nesterov", "needs a momentum above 0, got 0", kWhere);
  if (options.schedule.kind == ScheduleKind::onecycle && options.schedule.warmup > 0)
    throw OptionError("warmup", "has no effect with schedule onecycle, which has one of its own", kWhere);
}

void check_effects(const TrainOptions& options, const std::vector<std::string>& given) {
  TrainOptions copy = options;
  const files::OptionTable all = table(copy), of_robust = robust_table(copy);
  const bool sgd = options.optimizer == Optimizer::sgd,
             drops = options.schedule.kind == ScheduleKind::step || options.schedule.kind == ScheduleKind::plateau;
  for (const std::string& name : given) {
    const files::Option* option = files::find(all, name);
    if (!option) continue;
    if (!sgd && (option->name == "momentum" || option->name == "nesterov"))
      throw OptionError(option->name, str_cat("has no effect with optimizer ", name_of(options.optimizer)), kWhere);
    if (!drops && (option->name == "drop" || option->name == "drop_every"))
      throw OptionError(option->name, str_cat("has no effect with schedule ", name_of(options.schedule.kind)), kWhere);
    const bool robust = files::find(of_robust, name) != nullptr;
    if (const std::string why = robust ? why_useless(options, option->name) : ""; !why.empty())
      throw OptionError(option->name, "has no effect " + why, kWhere);
  }
}

}  // namespace backflow::train
