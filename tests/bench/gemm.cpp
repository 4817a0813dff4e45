// The ceiling: what the machine's cores reach together in oneDNN's matrix product alone, each with its own operands.
// A step is one product [512, 1024] × [1024, 1024] on each thread; the weights are packed as oneDNN likes.
#include <omp.h>

#include <algorithm>
#include <dnnl.hpp>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "tests/bench/rounds.h"

using namespace backflow;
using dnnl::memory;

namespace {

constexpr memory::dim kRows = 512, kWidth = 1024;

class Product {
 public:
  explicit Product(memory::data_type type) : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    omp_set_num_threads(1);
    using tag = memory::format_tag;
    const memory::desc a({kRows, kWidth}, type, tag::ab), b({kWidth, kWidth}, type, tag::any),
        c({kRows, kWidth}, type, tag::ab);
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::matmul::primitive_desc pd(engine_, a, b, c);
#else
    const dnnl::matmul::primitive_desc pd({a, b, c}, engine_);
#endif
    product_ = dnnl::matmul(pd);
    arguments_ = {{DNNL_ARG_SRC, zeros(a)}, {DNNL_ARG_WEIGHTS, zeros(pd.weights_desc())}, {DNNL_ARG_DST, zeros(c)}};
  }

  void run(long steps) {
    omp_set_num_threads(1);
    for (long i = 0; i < steps; ++i) product_.execute(stream_, arguments_);
  }

 private:
  memory zeros(const memory::desc& desc) {
    memory m(desc, engine_);
    std::fill_n(static_cast<char*>(m.get_data_handle()), desc.get_size(), char{0});
    return m;
  }

  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::matmul product_;
  std::unordered_map<int, memory> arguments_;
};

}  // namespace

int main(int count, char** arguments) {
  return bench::guarded("bench_gemm", [&] {
    const auto flags = bench::flags_of(count, arguments, {{"--threads", "1"}, {"--precision", "f32"}});
    const auto type = flags.at("--precision") == "bf16" ? memory::data_type::bf16 : memory::data_type::f32;
    std::vector<std::unique_ptr<Product>> products;
    for (int t = 0; t < std::stoi(flags.at("--threads")); ++t) products.push_back(std::make_unique<Product>(type));
    bench::answer_rounds([&](long steps) {
      std::vector<std::jthread> threads;
      for (std::size_t t = 1; t < products.size(); ++t) threads.emplace_back([&, t] { products[t]->run(steps); });
      products[0]->run(steps);
    });
  });
}
