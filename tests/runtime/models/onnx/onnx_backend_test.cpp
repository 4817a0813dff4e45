// ONNX's own tests of operators (Debian's libonnx-testdata): files that others wrote, with their inputs and outputs.
// The expected verdict of each that is not right stands in tests/reference/onnx_backend.txt, with its reason.
#include <backflow/runtime/models/graph_file.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <backflow/runtime/models/onnx/onnx_file.h>
#include "tests/support/reference.h"
#include "tests/support/run.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::models;

namespace {

namespace fs = std::filesystem;

const fs::path kFolder = "/usr/share/libonnx-testdata/data";

std::vector<OnnxTensor> tensors_in(const fs::path& folder, const std::string& prefix) {
  std::vector<OnnxTensor> tensors;
  for (int i = 0; fs::exists(folder / str_cat(prefix, i, ".pb")); ++i)
    tensors.push_back(read_onnx_tensor(folder / str_cat(prefix, i, ".pb")));
  return tensors;
}

/// ONNX's tests keep bfloat16 as the bits of uint16.
std::vector<double> numbers_of(const OnnxTensor& t, const std::string& port_type) {
  if (port_type == "bfloat16" && t.element_type() == OnnxType::uint16) {
    std::vector<double> values;
    for (const std::int64_t bits : t.integers)
      values.push_back(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16)));
    return values;
  }
  if (t.is_integer()) return {t.integers.begin(), t.integers.end()};
  return {t.floats->begin(), t.floats->end()};
}

/// Which inputs are known while the graph is built: none, short ones of whole numbers, then short ones of any.
enum class Known { none, whole, all };

bool is_known(const OnnxTensor& t, Known known) {
  constexpr std::int64_t list = 64, bounds = 8;
  const std::int64_t n = elements(t.shape);
  if (n == 0) return true;  // our values have no empty ones
  return known != Known::none && (t.is_integer() ? n <= list : known == Known::all && n <= bounds);
}

/// 1e-5, or what the type of the output can tell apart. The windows' data were computed with π = 3.1415; those of one
/// GridSample are rounded to four digits.
double tolerance(const std::string& type, const fs::path& data) {
  for (const char* rounded : {"window", "gridsample_bicubic"})
    if (data.string().find(rounded) != std::string::npos) return 1e-4;
  if (type == "float16") return 2e-3;
  return type == "bfloat16" ? 2e-2 : 1e-5;
}

std::string difference(const Port& port, Value y, const std::vector<float>& got, const OnnxTensor& want,
                       const fs::path& data) {
  const std::string& name = port.name;
  if (y.shape() != want.shape)
    return str_cat("wrong: ", name, " has shape ", to_string(y.shape()), ", expected ", to_string(want.shape));
  const auto expected = numbers_of(want, port.type);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double g = static_cast<double>(got[i]), e = expected[i];
    const bool same = g == e || (std::isnan(g) && std::isnan(e)) ||
                      std::abs(g - e) <= tolerance(port.type, data) * std::max(1.0, std::abs(e));
    if (!same) return str_cat("wrong: ", name, " has ", g, " at ", i, ", expected ", e);
  }
  return "";
}

/// Empty if all outputs are right.
std::string run(const GraphFile& file, const fs::path& data, Known known) {
  const auto inputs = tensors_in(data, "input_"), outputs = tensors_in(data, "output_");
  Graph g;
  std::map<std::string, GivenInput> given;
  std::map<std::string, std::vector<float>> fed;
  for (std::size_t i = 0; i < inputs.size() && i < file.inputs().size(); ++i) {
    const std::string& name = file.inputs()[i].name;
    const auto numbers = numbers_of(inputs[i], file.inputs()[i].type);
    if (is_known(inputs[i], known)) {
      given[name] = KnownInput{inputs[i].shape, numbers};
    } else {
      given[name] = g.input("input." + name, {inputs[i].shape});
      fed["input." + name] = {numbers.begin(), numbers.end()};
    }
  }
  const auto built = file.build(g, given);
  for (const auto& [name, value] : built) g.output(name, value);
  const auto got = outputs_of(g, fed);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = file.outputs().at(i).name;
    const std::string found = difference(file.outputs()[i], built.at(name), got.at(name), outputs[i], data);
    if (!found.empty()) return found;
  }
  return "";
}

/// "right", "wrong: …" or "refused: …".
std::string verdict(const fs::path& folder) {
  for (const Known known : {Known::none, Known::whole, Known::all}) try {
      const GraphFile file(folder / "model.onnx");
      int sets = 0;
      for (; fs::exists(folder / str_cat("test_data_set_", sets)); ++sets)
        if (const auto found = run(file, folder / str_cat("test_data_set_", sets), known); !found.empty()) return found;
      return sets > 0 ? "right" : "refused: there is no data";
    } catch (const Error& e) {
      std::string reason = e.what();
      if (known != Known::all && reason.find("needs a constant") != std::string::npos) continue;
      if (const auto at = reason.find(folder.string()); at != std::string::npos)
        reason.replace(at, folder.string().size() + 1, "");
      return "refused: " + reason;
    }
  return "unreachable";
}

/// The reasons of those that are not right.
std::map<std::string, std::string> expected_verdicts() {
  std::map<std::string, std::string> expected;
  std::ifstream in(reference_folder() / "onnx_backend.txt");
  for (std::string line; std::getline(in, line);)
    if (const auto at = line.find(' '); !line.starts_with('#') && at != std::string::npos)
      expected[line.substr(0, at)] = line.substr(at + 1);
  return expected;
}

/// What the node tests say of one op.
struct Tally {
  int right = 0, refused = 0;
  std::set<std::string> reasons;
};

/// For the page.
std::string brief(const std::string& verdict, const std::string& op) {
  const auto has = [&](const char* part) { return verdict.find(part) != std::string::npos; };
  const std::string unsupported = "has ops that are not supported: ";
  if (const auto at = verdict.find(unsupported); at != std::string::npos) {
    const std::string ops = verdict.substr(at + unsupported.size());
    return ops.starts_with(op + " (") && ops.find(',') == std::string::npos ? "not supported" : "with " + ops;
  }
  if (has("STRING")) return "texts";
  if (has("test_data_set")) return "no tensors";
  if (has("is empty") || has("leaves nothing")) return "values without elements";
  const auto node = verdict.find(") ");  // behind "node 'name' (Op"
  return node == std::string::npos ? verdict : verdict.substr(node + 2);
}

/// The block of docs/models.md: ops of which all is right, and a table of the others.
std::string page_of(const std::map<std::string, Tally>& ops) {
  std::string all = "All tests right:", line, table = "| op | right | refused | why |\n| --- | ---: | ---: | --- |\n";
  for (const auto& [op, t] : ops) {
    if (t.refused == 0) {
      const std::string word = str_cat(" ", op, " ", t.right, ",");
      constexpr std::size_t width = 118;
      if (all.size() - (all.rfind('\n') + 1) + word.size() > width)
        all += "\n" + word.substr(1);
      else
        all += word;
      continue;
    }
    std::string why;
    for (const std::string& reason : t.reasons) why += (why.empty() ? "" : "; ") + reason;
    table += str_cat("| ", op, " | ", t.right, " | ", t.refused, " | ", why, " |\n");
  }
  all.back() = '.';
  return all + "\n\n" + table;
}

std::string documented() {
  std::ifstream in(reference_folder() / "../../docs/models.md");
  const std::string text{std::istreambuf_iterator<char>(in), {}}, begin = "<!-- node tests -->\n", end = "<!-- end -->";
  const auto at = text.find(begin);
  return at == std::string::npos ? "" : text.substr(at + begin.size(), text.find(end, at) - at - begin.size());
}

boost::test_tools::assertion_result is_installed(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result(fs::exists(kFolder));
  result.message() << kFolder.string() << " is missing; it comes with Debian's libonnx-testdata";
  return result;
}

std::set<fs::path> folders_of(const std::string& group) {
  std::set<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(kFolder / group)) folders.insert(entry.path());
  return folders;
}

void count(const fs::path& folder, const std::string& found, std::map<std::string, Tally>& ops) {
  const std::string expanded = "_expanded";
  std::string plain = folder.string();
  if (plain.ends_with(expanded)) plain.resize(plain.size() - expanded.size());
  const std::string op = read_onnx(fs::path(plain) / "model.onnx").nodes.at(0).op;
  ++(found == "right" ? ops[op].right : ops[op].refused);
  if (found != "right") ops[op].reasons.insert(brief(found, op));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(onnx_backend)

BOOST_AUTO_TEST_CASE(every_test_of_onnx_has_its_verdict, *boost::unit_test::precondition(is_installed)) {
  constexpr std::size_t of_1_12 = 932;  // another version has other tests, of which none may be wrong
  const bool is_listed = folders_of("node").size() == of_1_12;
  auto expected = expected_verdicts();
  std::map<std::string, int> counts;
  std::map<std::string, Tally> ops;
  for (const std::string group : {"node", "simple", "pytorch-operator", "pytorch-converted"})
    for (const fs::path& folder : folders_of(group)) {
      const std::string name = group + "/" + folder.filename().string(), found = verdict(folder);
      ++counts[group + " " + found.substr(0, found.find(':'))];
      if (group == "node" && is_listed) count(folder, found, ops);
      const auto known = expected.find(name);
      const std::string wanted = known == expected.end() ? "right" : known->second;
      if (is_listed)
        BOOST_TEST(found.substr(0, wanted.size()) == wanted, name << ": " << found << ", expected " << wanted);
      else
        BOOST_TEST(!found.starts_with("wrong"), name << ": " << found);
      expected.erase(name);
    }
  for (const auto& [what, number] : counts) BOOST_TEST_MESSAGE(what << ": " << number);
  BOOST_TEST(counts["node right"] >= 650);
  if (!is_listed) return;
  for (const auto& [name, reason] : expected) BOOST_ERROR(name + " is expected but does not exist");
  BOOST_TEST(documented() == page_of(ops), "docs/models.md should have:\n" << page_of(ops));
}

BOOST_AUTO_TEST_SUITE_END()
