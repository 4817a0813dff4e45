// Parsers of files get thousands of damaged ones: each is read or refused, and a sanitizer finds nothing.
#include "runtime/checkpoint.h"
#include "runtime/data/idx.h"
#include "runtime/files/safetensors.h"
#include "tests/support/idx.h"
#include "tests/support/mutations.h"

using namespace backflow;

namespace {

constexpr unsigned kCount = 4000;

struct Files : TemporaryFolder {
  std::filesystem::path file = path() / "damaged";
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(damaged_files, Files)

BOOST_AUTO_TEST_CASE(idx_files_are_read_or_refused) {
  survives_damage(idx_bytes({3, 4, 5}, std::string(60, 'x')), kCount, [&](const std::string& bytes) {
    write_bytes(file, bytes);
    read_idx(file, 3);
  });
}

BOOST_AUTO_TEST_CASE(packed_idx_files_are_read_or_refused) {
  std::string data;
  for (int i = 0; i < 600; ++i) data += static_cast<char>(i * i);
  write_gzip(file, idx_bytes({30, 4, 5}, data));
  survives_damage(read_bytes(file), kCount, [&](const std::string& bytes) {
    write_bytes(file, bytes);
    read_idx(file, 3);
  });
}

BOOST_AUTO_TEST_CASE(safetensors_files_are_read_or_refused) {
  TensorFile f;
  f.tensors.emplace("conv1.weight", Tensor(Spec{{2, 1, 3, 3}}));
  f.tensors.emplace("labels", Tensor(Spec{{4}, Type::s32}));
  f.tensors.emplace("pixels", Tensor(Spec{{2, 3}, Type::u8}));
  f.metadata = {{"step", "12"}, {"model", "cnn"}};
  write_safetensors(file, f);
  survives_damage(read_bytes(file), kCount, [&](const std::string& bytes) {
    write_bytes(file, bytes);
    read_safetensors(file);
  });
}

BOOST_AUTO_TEST_CASE(checkpoints_are_loaded_or_refused) {
  Store store(1);
  store.obtain("a", {{2, 3}}, {}, normal(0, 1));
  store.obtain("b", {{4}}, {}, normal(0, 1));
  save_checkpoint(file, store, {{"step", "3"}});
  survives_damage(read_bytes(file), kCount / 4, [&](const std::string& bytes) {
    write_bytes(file, bytes);
    load_checkpoint(file, store);
  });
}

BOOST_AUTO_TEST_SUITE_END()
