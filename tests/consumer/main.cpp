// Fits y = 2x − 1 with the installed library, and collects its messages at two levels.
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <sstream>

#include <backflow/backflow.h>

using namespace backflow;

namespace {

bool fit() {
  Graph g;
  const Value x = g.input("x", {{32, 1}}), target = g.input("target", {{32, 1}});
  const Value loss = mse_loss(linear(x, {.out = 1, .name = "line"}), target);
  const auto parameters = g.parameters();
  const auto gradients = gradient({loss}, parameters);
  const Value rate = g.input("lr", {{1}});
  for (std::size_t i = 0; i < parameters.size(); ++i) sgd(parameters[i], gradients[i], rate);
  g.output("loss", loss);

  Store store;
  Scheduler scheduler;
  Flow flow(g, store, scheduler);
  flow.input("lr").as()[0] = 0.5F;
  for (std::size_t i = 0; i < 32; ++i) {
    const float value = static_cast<float>(i) / 16 - 1;
    flow.input("x").as()[i] = value;
    flow.input("target").as()[i] = 2 * value - 1;
  }
  for (int step = 0; step < 100; ++step) flow.run();
  const float slope = store.at("line.weight").as()[0], offset = store.at("line.bias").as()[0];
  std::printf("y = %.3f x + %.3f\n", slope, offset);
  return std::abs(slope - 2) < 1e-3F && std::abs(offset + 1) < 1e-3F;
}

/// What the library logs at `level` while it fits.
std::string messages(spdlog::level::level_enum level) {
  std::ostringstream log;
  const auto logger = std::make_shared<spdlog::logger>("ours", std::make_shared<spdlog::sinks::ostream_sink_mt>(log));
  logger->set_level(level);
  set_logger(logger);
  const bool ok = fit();
  set_logger(nullptr);
  return ok ? log.str() : "the fit is wrong";
}

}  // namespace

int main() {
  const std::string quiet = messages(spdlog::level::warn), all = messages(spdlog::level::debug);
  std::printf("backflow %s\nat level warning: %s\nat level debug: %s", version().c_str(), quiet.c_str(), all.c_str());
  return quiet.empty() && all.find("compiled") != std::string::npos ? 0 : 1;
}
