// Parsers of files get thousands of damaged ones: each is read or refused, and a sanitizer finds nothing.
#include <backflow/runtime/data/idx.h>
#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/image/jpeg.h>
#include <backflow/runtime/image/png.h>
#include <backflow/runtime/train/checkpoint.h>
#include "tests/support/idx.h"
#include "tests/support/mutations.h"
#include "tests/support/png.h"

using namespace backflow;
using namespace backflow::files;

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
    data::read_idx(file, 3);
  });
}

BOOST_AUTO_TEST_CASE(packed_idx_files_are_read_or_refused) {
  std::string data;
  for (int i = 0; i < 600; ++i) data += static_cast<char>(i * i);
  write_gzip(file, idx_bytes({30, 4, 5}, data));
  survives_damage(read_bytes(file), kCount, [&](const std::string& bytes) {
    write_bytes(file, bytes);
    data::read_idx(file, 3);
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

/// An image with edges, noise and smooth parts.
image::Image picture() {
  image::Image image = image::blank_image(23, 17);
  for (std::size_t i = 0; i < image.rgb.size(); ++i)
    image.rgb[i] = static_cast<std::uint8_t>(i < 500 ? i / 4 : i * i / 7);
  return image;
}

BOOST_AUTO_TEST_CASE(png_files_are_read_or_refused) {
  image::write_png(file, picture(), {{"settings", "{\"seed\": 1}"}});
  survives_damage(read_bytes(file), kCount, [&](const std::string& bytes) {
    write_bytes(file, bytes);
    image::read_image(file);
    image::read_png_text(file);
  });
}

BOOST_AUTO_TEST_CASE(png_files_with_the_right_checksums_are_read_or_refused) {
  image::write_png(file, picture(), {{"settings", "{\"seed\": 1}"}});
  survives_damage(read_bytes(file), kCount, [&](const std::string& bytes) {
    write_bytes(file, with_checksums(bytes));
    image::read_image(file);
    image::read_png_text(file);
  });
}

BOOST_AUTO_TEST_CASE(jpeg_files_are_read_or_refused) {
  image::write_jpeg(file, picture(), 80);
  survives_damage(read_bytes(file), kCount, [&](const std::string& bytes) {
    write_bytes(file, bytes);
    image::read_image(file);
  });
}

BOOST_AUTO_TEST_CASE(checkpoints_are_loaded_or_refused) {
  Store store(1);
  store.obtain("a", {{2, 3}}, {}, normal(0, 1));
  store.obtain("b", {{4}}, {}, normal(0, 1));
  train::save_checkpoint(file, store, {{"step", "3"}});
  survives_damage(read_bytes(file), kCount / 4, [&](const std::string& bytes) {
    write_bytes(file, bytes);
    train::load_checkpoint(file, store);
  });
}

BOOST_AUTO_TEST_SUITE_END()
