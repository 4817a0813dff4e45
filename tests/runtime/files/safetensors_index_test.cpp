// Weights that are cut into several files.
#include <backflow/runtime/files/safetensors_index.h>

#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::files;

namespace {

struct Parts : TemporaryFolder {
  std::filesystem::path index = path() / "model.safetensors.index.json";

  Parts() {
    for (const std::string name : {"a", "b"}) {
      TensorFile part{{}, {{"format", "pt"}}};
      part.tensors.emplace(name, Tensor(Spec{{2}}));
      part.tensors.at(name).as()[1] = name == "a" ? 1 : 2;
      write_safetensors(path() / (name + ".safetensors"), part);
    }
  }
  void write(const std::string& map) {
    write_bytes(index, R"({"metadata": {"total_size": 16}, "weight_map": )" + map + "}");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(safetensors_index, Parts)

BOOST_AUTO_TEST_CASE(tensors_of_all_parts_are_read) {
  write(R"({"a": "a.safetensors", "b": "b.safetensors"})");
  BOOST_TEST(is_safetensors_index(index));
  BOOST_TEST(!is_safetensors_index(path() / "a.safetensors"));
  const TensorFile file = read_safetensors_index(index);
  BOOST_TEST(file.tensors.size() == 2);
  BOOST_TEST(file.tensors.at("a").as()[1] == 1);
  BOOST_TEST(file.tensors.at("b").as()[1] == 2);
  BOOST_TEST(file.metadata.at("format") == "pt");
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused_in_a_sentence) {
  write(R"({"c": "a.safetensors"})");
  CHECK_FAILS(read_safetensors_index(index), "a.safetensors has no tensor 'c'");
  write(R"({"a": "missing.safetensors"})");
  CHECK_FAILS(read_safetensors_index(index), "missing.safetensors");
  for (const std::string name : {"../a.safetensors", "/a.safetensors", "..", ""}) {
    write(R"({"a": ")" + name + "\"}");
    CHECK_FAILS(read_safetensors_index(index), "which needs to be a file in the index's folder");
  }
  write(R"({"a": 1})");
  CHECK_FAILS(read_safetensors_index(index), "tensor 'a' has no file name");
  for (const std::string text : {"{", "{}", R"({"weight_map": []})"}) {
    write_bytes(index, text);
    CHECK_FAILS(read_safetensors_index(index), "is no index of safetensors files");
  }
}

BOOST_AUTO_TEST_SUITE_END()
