#include <algorithm>

#include <backflow/runtime/train/checkpoint.h>

#include <backflow/runtime/files/safetensors.h>
#include "tests/support/files.h"
#include "tests/support/full_disk.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

/// A small model: a matrix in a layout of its own, a bias, a momentum.
Store model(std::uint64_t seed) {
  Store store(seed);
  store.obtain("fc.weight", {{3, 2}}, Layout("ba"), normal(0, 1));
  store.obtain("fc.bias", {{3}}, {}, normal(0, 1));
  store.obtain("fc.weight.momentum", {{3, 2}}, Layout("ba"), normal(0, 1));
  return store;
}

std::vector<float> values(const Store& store, const std::string& name) {
  const Tensor t = store.plain(name);
  return {t.as().begin(), t.as().end()};
}

bool same(const Store& a, const Store& b) {
  for (const auto& [name, tensor] : a.tensors())
    if (values(a, name) != values(b, name)) return false;
  return a.tensors().size() == b.tensors().size();
}

struct Files : TemporaryFolder {
  std::filesystem::path file = path() / "model.safetensors";
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(checkpoint, Files)

BOOST_AUTO_TEST_CASE(a_model_comes_back_with_its_metadata_in_its_place) {
  const Store saved = model(1);
  save_checkpoint(file, saved, {{"step", "17"}});
  Store loaded = model(2);
  BOOST_TEST(!same(saved, loaded));
  const std::byte* address = loaded.at("fc.weight").data();
  const auto metadata = load_checkpoint(file, loaded);
  BOOST_TEST(metadata.at("step") == "17");
  BOOST_TEST(same(saved, loaded));
  BOOST_TEST(loaded.at("fc.weight").data() == address);
  BOOST_TEST((loaded.at("fc.weight").layout() == Layout("ba")));
}

BOOST_AUTO_TEST_CASE(the_file_does_not_depend_on_layouts) {
  save_checkpoint(file, model(1), {});
  Store plain(1);
  plain.obtain("fc.weight", {{3, 2}}, {}, zeros());
  plain.obtain("fc.bias", {{3}}, {}, zeros());
  plain.obtain("fc.weight.momentum", {{3, 2}}, {}, zeros());
  load_checkpoint(file, plain);
  save_checkpoint(path() / "again", plain, {});
  BOOST_TEST(read_bytes(file) == read_bytes(path() / "again"));
}

BOOST_AUTO_TEST_CASE(says_how_a_checkpoint_of_another_model_differs) {
  save_checkpoint(file, model(1), {});
  Store more = model(2);
  more.obtain("fc2.weight", {{4, 3}}, {}, zeros());
  CHECK_FAILS(load_checkpoint(file, more),
              file.string() + " is of another model: it has no tensor 'fc2.weight', expected one of [4, 3]");
  Store fewer(2), other(2), type(2);
  fewer.obtain("fc.bias", {{3}}, {}, zeros());
  CHECK_FAILS(load_checkpoint(file, fewer), "it has a tensor 'fc.weight' [3, 2], expected none of that name");
  other.obtain("fc.bias", {{5}}, {}, zeros());
  CHECK_FAILS(load_checkpoint(file, other), "tensor 'fc.bias' is [3], expected [5]");
  type.obtain("fc.bias", {{3}, Type::s32}, {}, zeros());
  CHECK_FAILS(load_checkpoint(file, type), "tensor 'fc.bias' is [3], expected [3] s32");
}

BOOST_AUTO_TEST_CASE(a_store_is_as_it_was_when_loading_fails) {
  save_checkpoint(file, model(1), {});
  Store more = model(2), same_more = model(2);
  more.obtain("z", {{1}}, {}, zeros());
  same_more.obtain("z", {{1}}, {}, zeros());
  CHECK_FAILS(load_checkpoint(file, more), "no tensor 'z'");
  const std::string whole = read_bytes(file);
  write_bytes(file, whole.substr(0, whole.size() - 1));
  CHECK_FAILS(load_checkpoint(file, more), "is truncated");
  BOOST_TEST(same(more, same_more));
}

BOOST_AUTO_TEST_CASE(weights_are_loaded_without_the_optimizers_state) {
  const Store saved = model(1);
  save_checkpoint(file, saved, {});
  Store weights(2), trained = model(2);
  weights.obtain("fc.weight", {{3, 2}}, {}, zeros());
  weights.obtain("fc.bias", {{3}}, {}, zeros());
  load_weights(file, weights);
  BOOST_TEST((values(weights, "fc.weight") == values(saved, "fc.weight")));
  const auto momentum = values(trained, "fc.weight.momentum");
  load_weights(file, trained);
  BOOST_TEST((values(trained, "fc.weight") == values(saved, "fc.weight")));
  BOOST_TEST((values(trained, "fc.weight.momentum") == momentum));
  Store other(2);
  other.obtain("fc.weight", {{3, 2}}, {}, zeros());
  CHECK_FAILS(load_weights(file, other), "it has a tensor 'fc.bias' [3], expected none of that name");
}

BOOST_AUTO_TEST_CASE(an_empty_store_gets_what_the_file_has) {
  const Store saved = model(1);
  save_checkpoint(file, saved, {});
  Store all(2), weights(2);
  load_checkpoint(file, all);
  BOOST_TEST(same(saved, all));
  load_weights(file, weights);
  BOOST_TEST(weights.tensors().size() == 2U);
  BOOST_TEST((values(weights, "fc.bias") == values(saved, "fc.bias")));
}

BOOST_AUTO_TEST_CASE(saved_weights_have_no_optimizer_state_and_a_file_without_weights_is_refused) {
  save_weights(file, model(1), {{"a", "b"}});
  Store store(2);
  BOOST_TEST(load_checkpoint(file, store).at("a") == "b");
  BOOST_TEST(!store.contains("fc.weight.momentum"));
  Store momentum(1), empty(2);
  momentum.obtain("fc.weight.momentum", {{3}}, {}, zeros());
  save_checkpoint(file, momentum, {});
  CHECK_FAILS(load_weights(file, empty), file.string() + " has no weights in it");
}

BOOST_AUTO_TEST_CASE(bf16_tensors_come_back_exactly_and_f32_ones_are_rounded_to_even) {
  Store saved(1), loaded(1);
  const std::vector<std::uint16_t> bits{0x3fc0, 0xc000, 0x7f80, 0x7fc0, 1};
  auto stored = saved.obtain("x", {{5}, Type::bf16}, {}, zeros()).as<std::uint16_t>();
  std::copy(bits.begin(), bits.end(), stored.begin());
  save_checkpoint(file, saved, {});
  const auto got = loaded.obtain("x", {{5}, Type::bf16}, {}, zeros()).as<std::uint16_t>();
  load_checkpoint(file, loaded);
  BOOST_TEST(got == bits, boost::test_tools::per_element());

  Store wide(1);
  wide.assign("x", Tensor({5}, std::vector<float>{0x1.01p0F, 0x1.03p0F, 0x1.018p0F, -0x1.01p0F, 0x1.0080p0F}));
  save_checkpoint(file, wide, {});
  load_checkpoint(file, loaded);
  BOOST_TEST(got == (std::vector<std::uint16_t>{0x3f80, 0x3f82, 0x3f81, 0xbf80, 0x3f80}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_last_checkpoint_whole) {
  save_checkpoint(file, model(1), {});
  const std::string old = read_bytes(file);
  Store big = model(1);
  big.obtain("big", {{100, 100}}, {}, zeros());
  const std::string error = error_on_full_disk([&] { save_checkpoint(file, big, {}); });
  BOOST_TEST(error == "[file] cannot write " + file.string() + ": File too large");
  BOOST_TEST(read_bytes(file) == old);
}

BOOST_AUTO_TEST_SUITE_END()
