// Runs a target, without libFuzzer, on the files of some folders and on damaged copies of each. An input that ends the
// program is left in the file failed-input.
#include <sanitizer/common_interface_defs.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <map>
#include <vector>

#include "tests/fuzz/fuzz.h"
#include "tests/support/damaged.h"

// FUZZ_TARGETS is TARGET(a) TARGET(b) …
#define TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
FUZZ_TARGETS
#undef TARGET

namespace {

namespace fs = std::filesystem;

std::string input;  // that is being run

void keep_input() { std::ofstream("failed-input", std::ios::binary) << input; }

using Target = int (*)(const std::uint8_t*, std::size_t);

const std::map<std::string, Target> targets{
#define TARGET(name) {#name, fuzz_##name},
    FUZZ_TARGETS
#undef TARGET
};

void run(Target target, std::string bytes) {
  input = std::move(bytes);
  target(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || !targets.contains(argv[1])) {
    std::cerr << "usage: " << argv[0] << " TARGET COPIES FOLDER...\n";
    return 2;
  }
  const Target target = targets.at(argv[1]);
  const auto copies = static_cast<unsigned>(std::stoul(argv[2]));
  __sanitizer_set_death_callback(keep_input);
  std::signal(SIGABRT, [](int) { keep_input(); });
  std::size_t inputs = 0;
  for (const fs::path& folder : std::vector<fs::path>(argv + 3, argv + argc))
    for (const fs::path& file : files_in(folder)) {
      std::ifstream in(file, std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      run(target, bytes);
      for (unsigned i = 0; i < copies; ++i) run(target, backflow::damaged(bytes, i));
      inputs += 1 + copies;
    }
  std::cout << inputs << " inputs\n";
  return inputs > 0 ? 0 : 1;
}
