// A network of one's own learns from a table: a column says the class, columns of numbers and words are the inputs. The
// run can be left alone: it validates, keeps the best weights, stops when nothing gets better, and is tested at the
// end.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <backflow/graph/random.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/fit.h>

using namespace backflow;

/// Flowers of two kinds, which differ in length, and in width where the soil is dry.
void write_table(const std::filesystem::path& file) {
  std::ofstream out(file);
  out << "length,width,soil,kind\n";
  for (std::uint64_t i = 0; i < 600; ++i) {
    const auto words = random_words(1, stream_of("flowers"), 0, i);
    const auto [length, width] = unit_normals(words[0], words[1]);
    const bool dry = words[2] % 2 == 0, large = i % 2 == 0;
    out << 5 + 0.5F * length + (large ? 1 : 0) << ',' << 3 + 0.3F * width - (dry && large ? 1 : 0) << ','
        << (dry ? "dry" : "wet") << ',' << (large ? "iris" : "crocus") << '\n';
  }
}

/// rows [N, features] → logits [N, 2]
Value network(Value rows) {
  const Value h = tanh(linear(rows, {.out = 16, .name = "fc1"}));
  return linear(h, {.out = 2, .name = "fc2"});
}

int main() {
  const auto folder = std::filesystem::temp_directory_path() / "backflow_own_table";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  write_table(folder / "flowers.csv");

  // [fit]
  const data::Split data =
      data::find_dataset((folder / "flowers.csv").string(), {.tables = {.target = "kind"}, .validation_share = 0.2});
  Store store(1);
  Scheduler scheduler;
  const auto run = train::fit(network, data, store, scheduler,
                              {.epochs = 40, .batch = 32, .optimizer = train::Optimizer::adam, .learning_rate = 0.01F},
                              {.out = folder / "run", .monitor = train::Monitor::loss, .patience = 5},
                              {.after_epoch = [](const auto& epoch) { std::puts(train::epoch_text(epoch).c_str()); }});
  std::printf("epoch %d was the best; %.1f %% right of rows that it has not seen\n%s",
              static_cast<int>(run->best().epoch()), 100 * run->test()->evaluation().accuracy,
              run->test()->text().c_str());
  // [fit]
  const double accuracy = run->test()->evaluation().accuracy;
  std::filesystem::remove_all(folder);
  return accuracy > 0.8 ? 0 : 1;
}
