// An Error is caught in main(), which prints its sentence and returns 1. Usage: errors FILE
#include <cstdio>
#include <exception>

#include <backflow/runtime/models/model.h>

using namespace backflow;

namespace {

void run(const char* file) {
  const auto model = models::load_model(file);
  std::printf("%lld classes\n", static_cast<long long>(model->classes()));
}

}  // namespace

// [main]
int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: errors FILE\n");
    return 2;
  }
  try {
    run(argv[1]);
    return 0;
  } catch (const std::exception& e) {  // backflow::Error, and what the standard library throws
    std::fprintf(stderr, "errors: %s\n", e.what());
    return 1;
  }
}
// [main]
