// Safetensors files: read whole, as a model, and as a checkpoint of `train`.
#include <backflow/runtime/files/safetensors.h>

#include <backflow/runtime/models/model.h>
#include "examples/apps/common/program.h"
#include "examples/apps/train/train_settings.h"
#include "tests/fuzz/fuzz.h"

using namespace backflow;

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file(data, size);
  files::TensorFile read;
  if (!fuzz::accepts<Error>([&] { read = files::read_safetensors(file.path()); })) return 0;
  if (files::read_safetensors_metadata(file.path()) != read.metadata) fuzz::found("two ways to read the metadata");
  fuzz::accepts<Error, UsageError>([&] { settings_from(read.metadata, {}, {}, file.path()); });
  fuzz::accepts<Error>([&] { models::load_model(file.path()); });
  return 0;
}
