#include <backflow/runtime/models/torchvision.h>

#include <map>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::models {
namespace {

struct Entry {
  std::function<Architecture(std::int64_t classes)> make;
  std::string head;
};

const std::map<std::string, Entry>& torchvision_table() {
  static const std::map<std::string, Entry> table = [] {
    std::map<std::string, Entry> all{
        {"efficientnet_b0", {efficientnet_b0, "classifier.1.weight"}},
        {"mobilenet_v2", {mobilenet_v2, "classifier.1.weight"}},
    };
    for (const bool later : {false, true})
      all[later ? "squeezenet1_1" : "squeezenet1_0"] = {[later](std::int64_t n) { return squeezenet(later, n); },
                                                        "classifier.1.weight"};
    for (const int depth : {18, 34, 50})
      all[str_cat("resnet", depth)] = {[depth](std::int64_t n) { return resnet(depth, n); }, "fc.weight"};
    for (const int depth : {11, 13, 16, 19})
      for (const bool norm : {false, true})
        all[str_cat("vgg", depth, norm ? "_bn" : "")] = {[depth, norm](std::int64_t n) { return vgg(depth, norm, n); },
                                                         "classifier.6.weight"};
    return all;
  }();
  return table;
}

const Entry& entry_of(const std::string& name) {
  const auto found = torchvision_table().find(name);
  require(found != torchvision_table().end(), "[model] ", files::no_such("network", name, torchvision_networks()));
  return found->second;
}

}  // namespace

std::vector<std::string> torchvision_networks() {
  std::vector<std::string> names;
  for (const auto& [name, entry] : torchvision_table()) names.push_back(name);
  return names;
}

Architecture torchvision_network(const std::string& name, std::int64_t classes) { return entry_of(name).make(classes); }

std::string torchvision_head(const std::string& name) { return entry_of(name).head; }

}  // namespace backflow::models
