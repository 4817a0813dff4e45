// The step of step.cpp in LibTorch, PyTorch without Python (rounds.h says how it is driven).
// bench_libtorch_step --model mlp --hidden 256,256 --batch 128 --optimizer sgd --threads 2 --channels-last 0
#include <torch/torch.h>

#include "tests/bench/rounds.h"

namespace {

using namespace backflow;

const bench::Flags kDefaults{{"--model", "mlp"},     {"--hidden", "256,256"}, {"--batch", "128"},
                             {"--optimizer", "sgd"}, {"--threads", "1"},      {"--channels-last", "0"}};

torch::nn::Sequential mlp(const std::vector<std::int64_t>& hidden) {
  torch::nn::Sequential net(torch::nn::Flatten{});
  std::int64_t in = 784;
  for (std::int64_t width : hidden) {
    net->push_back(torch::nn::Linear(in, width));
    net->push_back(torch::nn::ReLU());
    in = width;
  }
  net->push_back(torch::nn::Linear(in, 10));
  return net;
}

torch::nn::Sequential cnn() {
  using torch::nn::Conv2dOptions;
  return torch::nn::Sequential(torch::nn::Conv2d(Conv2dOptions(1, 32, 3).padding(1)), torch::nn::ReLU(),
                               torch::nn::MaxPool2d(2), torch::nn::Conv2d(Conv2dOptions(32, 64, 3).padding(1)),
                               torch::nn::ReLU(), torch::nn::MaxPool2d(2), torch::nn::Flatten(),
                               torch::nn::Linear(64 * 7 * 7, 128), torch::nn::ReLU(), torch::nn::Linear(128, 10));
}

std::unique_ptr<torch::optim::Optimizer> optimizer_of(const bench::Flags& flags, torch::nn::Sequential& net) {
  constexpr double kRate = 1e-5;  // the weights hardly move: the work of every step is the same
  if (flags.at("--optimizer") == "adam") return std::make_unique<torch::optim::Adam>(net->parameters(), kRate);
  return std::make_unique<torch::optim::SGD>(net->parameters(), torch::optim::SGDOptions(kRate).momentum(0.9));
}

struct Training {
  torch::nn::Sequential net;
  torch::Tensor images, labels;
  std::unique_ptr<torch::optim::Optimizer> optimizer;

  explicit Training(const bench::Flags& flags)
      : net(flags.at("--model") == "cnn" ? cnn() : mlp(bench::widths_of(flags.at("--hidden")))) {
    const std::int64_t batch = std::stoll(flags.at("--batch"));
    images = torch::rand({batch, 1, 28, 28}) * 2 - 1;
    labels = torch::randint(10, {batch}, torch::kLong);
    if (flags.at("--channels-last") == "1") {
      images = images.contiguous(torch::MemoryFormat::ChannelsLast);
      for (auto& p : net->parameters())
        if (p.dim() == 4) p.set_data(p.data().contiguous(torch::MemoryFormat::ChannelsLast));
    }
    optimizer = optimizer_of(flags, net);
  }

  void step() {
    optimizer->zero_grad();  // frees the gradients, as PyTorch's set_to_none
    torch::nn::functional::cross_entropy(net->forward(images), labels).backward();
    optimizer->step();
  }
};

}  // namespace

int main(int count, char** arguments) {
  return bench::guarded("bench_libtorch_step", [&] {
    const bench::Flags flags = bench::flags_of(count, arguments, kDefaults);
    torch::set_num_threads(std::stoi(flags.at("--threads")));
    at::globalContext().setFlushDenormal(true);
    torch::manual_seed(1);
    Training training(flags);
    bench::answer_rounds([&](long n) { bench::seconds_of(n, [&] { training.step(); }); });
  });
}
