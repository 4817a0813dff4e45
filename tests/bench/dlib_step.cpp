// The step of step.cpp in dlib (rounds.h says how it is driven). Its layers run on one thread; its matrix products are
// BLAS's, whose threads the environment decides.
// bench_dlib_step --model mlp --hidden 256,256 --batch 128 --optimizer sgd
#include <dlib/dnn.h>

#include "tests/bench/rounds.h"

namespace {

using namespace backflow;
using namespace dlib;

const bench::Flags kDefaults{
    {"--model", "mlp"}, {"--hidden", "256,256"}, {"--batch", "128"}, {"--optimizer", "sgd"}, {"--threads", "1"}};

using Image = matrix<float>;
template <class Below>
using Hidden = relu<fc<1, Below>>;  // the width is set at run time
using One = loss_multiclass_log<fc<10, Hidden<input<Image>>>>;
using Two = loss_multiclass_log<fc<10, Hidden<Hidden<input<Image>>>>>;
using Three = loss_multiclass_log<fc<10, Hidden<Hidden<Hidden<input<Image>>>>>>;
template <int Channels, class Below>
using Block = max_pool<2, 2, 2, 2, relu<add_layer<con_<Channels, 3, 3, 1, 1, 1, 1>, Below>>>;
using Cnn = loss_multiclass_log<fc<10, relu<fc<128, Block<64, Block<32, input<Image>>>>>>>;

template <class Net, class Solver>
void time_steps(Net& net, const Solver& solver, std::int64_t batch) {
  std::vector<Image> images(static_cast<std::size_t>(batch), Image(28, 28));
  std::vector<unsigned long> labels(images.size());
  dlib::rand random(1);
  for (Image& image : images)
    for (float& pixel : image) pixel = static_cast<float>(random.get_random_float() * 2 - 1);
  for (unsigned long& label : labels) label = random.get_random_32bit_number() % 10;
  resizable_tensor x;
  net.to_tensor(images.begin(), images.end(), x);
  std::vector<Solver> solvers(Net::num_computational_layers, solver);
  constexpr double kRate = 1e-5;  // the weights hardly move: the work of every step is the same
  bench::answer_rounds([&](long n) {
    bench::seconds_of(n, [&] {
      net.compute_parameter_gradients(x, labels.begin());
      net.update_parameters(solvers, kRate);
    });
  });
}

template <class Net>
void run(Net& net, const bench::Flags& flags) {
  const std::int64_t batch = std::stoll(flags.at("--batch"));
  if (flags.at("--optimizer") == "adam") return time_steps(net, adam(0, 0.9F, 0.999F), batch);
  time_steps(net, sgd(0, 0.9F), batch);
}

/// Layer 1 is the last; the hidden ones are 3, 5, … from the last to the first.
template <class Net, std::size_t... I>
void run_mlp(const bench::Flags& flags, const std::vector<std::int64_t>& widths, std::index_sequence<I...>) {
  Net net;
  (layer<3 + 2 * I>(net).layer_details().set_num_outputs(static_cast<long>(widths[sizeof...(I) - 1 - I])), ...);
  run(net, flags);
}

}  // namespace

int main(int count, char** arguments) {
  return bench::guarded("bench_dlib_step", [&] {
    const bench::Flags flags = bench::flags_of(count, arguments, kDefaults);
    if (flags.at("--model") == "cnn") {
      Cnn net;
      return run(net, flags);
    }
    const auto widths = bench::widths_of(flags.at("--hidden"));
    if (widths.size() == 1) return run_mlp<One>(flags, widths, std::make_index_sequence<1>());
    if (widths.size() == 2) return run_mlp<Two>(flags, widths, std::make_index_sequence<2>());
    require(widths.size() == 3, "dlib's networks are made for 1 to 3 hidden layers");
    run_mlp<Three>(flags, widths, std::make_index_sequence<3>());
  });
}
